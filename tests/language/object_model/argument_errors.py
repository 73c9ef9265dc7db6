# compare: stdout
"""What wrong arguments, operands and assignments are told: the messages of built-in functions, methods and operators."""
def t(s,ns={}):
    try: r=eval(s,globals(),ns)
    except BaseException as e: print(s, type(e).__name__, e)
    else: print(s,'->',r)
class A:
    def __setattr__(s,n,v): object.__setattr__(s,n,v)
class S: __slots__=('a',)
class B: 
  x=1
  def m(self): pass
for s in ["delattr(B(),'x')","delattr(B(),'zz')","setattr(S(),'b',1)","delattr(S(),'b')","setattr(S(),'__class__',1)","setattr(1,'x',1)","setattr(1,'real',1)","setattr((),'count',1)","delattr(1,'x')","delattr(1,'real')","delattr((),'count')","B.zz","setattr(int,'x',1)","delattr(int,'x')","delattr(B,'zz')","object().x","setattr(object(),'x',1)","getattr(1,1)","B().m.zz","setattr(B().m,'x',1)","int.zz","B().__dict__.x","setattr(B(),'__dict__',1)","delattr(B(),'__dict__')","setattr(S(),'__dict__',{})","(lambda:0).zz","setattr(lambda:0,'__dict__',1)","delattr(lambda:0,'__dict__')","B.__dict__['__dict__']","B.__dict__['__weakref__']","B().__weakref__","setattr(B(),'__weakref__',1)","type(len)()","type(None)(1)","type(NotImplemented)(1)","type(...)(1)","(1)()","iter(1)","next(1)","len(1)","1[0]","1[:]","B()[0]","B[0]","1 in 1","1+'a'","1<'a'","-'a'","~1.0","1**'a'","pow(1,2,'a')","pow('a',2,3)","'a' in 1","[]+1","1+[]","[]*'a'","''+1","1+''","()+1","b''+1","{}+1","[1]<1","hash([])","hash(slice(1))","bool(type('X',(),{'__bool__':lambda s:1})())","bool(type('X',(),{'__len__':lambda s:-1})())","len(type('X',(),{'__len__':lambda s:'a'})())","repr(type('X',(),{'__repr__':lambda s:1})())","str(type('X',(),{'__str__':lambda s:1})())","hash(type('X',(),{'__hash__':lambda s:'a'})())","format(1,2)","format(type('X',(),{'__format__':lambda s,x:1})(),'')","format(object(),'a')","[].__getitem__('a')","[]['a']","()['a']","''['a']","{}[[]]","iter(type('X',(),{'__iter__':lambda s:1})())","type('X',(),{'__iter__':None})().__iter__","iter(type('X',(),{'__iter__':None})())","1 in type('X',(),{'__contains__':None})()","len(type('X',(),{'__len__':None})())","[1][1]","int('a')","int([])","float([])","float('a')","range(1.5)","[1]*1.5","[0][1.5]","chr('a')","'a'%1","1 @ 2","1 << 'a'","divmod(1,'a')","abs('a')","round('a')","dir(type('X',(),{'__dir__':lambda s:1})())","isinstance(1,1)","issubclass(1,int)","issubclass(int,1)","setattr(B,'__class__',1)","type('X',(1,),{})","type(1,(),{})","type('X',[],{})","type('X',(),1)","type('X',(bool,),{})","type('X',(int,str),{})","type('X',(object,B),{})","type('X',(B,B),{})","next(type('X',(),{'__next__':1})())",
"(1).__pow__()","(1).__pow__(1,2,3)","(1).__add__()","(1).__add__(1,2)","(1).__add__(x=1)","int.__add__()","int.__add__('a',1)","list.append()","list.append(1,2)","[].append()","[].append(1,2)","[].append(x=1)","[].clear(1)","[].clear(x=1)","[].insert(1)","[].insert(1,x=2)","[].pop(1,2)","len()","len(1,2)","len(x=1)","''.split(1,2,3)","[].sort(1)","[].sort(foo=1)","''.split(foo=1)","''.split(' ', sep=' ')","int(1,2,3)","list(1,2)","list(x=1)","tuple(x=1)","tuple(1,2)","object.__new__()","object.__new__(1)","object.__new__(list)","list.__new__(int)","str.maketrans()","dict.fromkeys()","list.__init__()","list.__init__(1)","[].__init__(1,2)","[].__init__(x=1)","property.__get__(property())","(lambda:1).__get__()","enumerate()","enumerate(1,2,3)","enumerate(foo=1)","{}.get()","{}.get(1,2,3)","int.from_bytes()","int.from_bytes(b'')","(1).to_bytes(1,2,3)","(1).to_bytes(1,'big',signed=1,foo=2)","bytes(1,2,3,4)","[].__len__(1)","[].__getitem__()","[].__setitem__(1)","[].__reversed__(1)","int.__new__(int,1,2,3)","dict.__init__()","dict.fromkeys(1,2,3)","dict.__dict__['fromkeys']()","dict.__dict__['fromkeys'](1)","dict.__dict__['fromkeys'](int)","sum()","sum([],1,2)","sum([],foo=1)","pow(1)","round()","round(1,2,3)","compile()","compile('a')","hasattr(1)","isinstance(1)","getattr(1)","getattr(1,2,3,4)","iter()","iter(1,2,3)","next()","type()","type(1,2)","object(1)","super(1,2,3)","range()","range(1,2,3,4)","range(x=1)","slice()","slice(x=1)","float(1,2)","complex(1,2,3)","bool(1,2)","bool(x=1)","set(1,2)","frozenset(1,2)","frozenset(x=1)","memoryview()","memoryview(1,2)","str(1,2,3,4)","str(foo=1)","reversed()","reversed(x=1)","map()","map(1)","filter(1)","staticmethod()","staticmethod(x=1)","classmethod(1,2)","property(1,2,3,4,5)","property(foo=1)","[].index()","''.join()","''.encode(1,2,3)","''.startswith()","int.__repr__()","list.__dict__['append']()", "object.__init__(1,2)","object().__init__(2)","(1).__eq__()","[].__iter__(1)","object.__reduce_ex__(1)","object().__reduce_ex__()","object().__format__()","object().__dir__(1)"]: t(s)
for s in ["del (1)[0]","(1)[0]=1","del [][0]","[][0]=1","a=[];a+=1","a=1;a+='a'","a=1;a**='a'","B()[0]=1","del B()[0]","del ()[0]","()[0]=1","''[0]=1","a,b=1","a,b=[1]","a,b=[1,2,3]","[*1]","{**1}","f=lambda:0;f(*1)","f=lambda:0;f(**1)","f=lambda:0;f(**{1:2})","for i in 1: pass","raise 1","with 1: pass"]:
    try: exec(s)
    except BaseException as e: print(s, type(e).__name__, e)

# More defaults than parameters.
def one(a):
    return a


def two(a, b):
    return a, b


for function in one, two:
    function.__defaults__ = (1, 2, 3)
    for arguments in ((), (5,), (5, 6), (5, 6, 7)):
        try:
            print(function(*arguments))
        except TypeError as error:
            print(error)


import binascii
import codecs
import os

for number in (2**40, -(2**40), 2**80):
    for function in (
        chr,
        os.close,
        os.strerror,
        "a\tb".expandtabs,
        b"abc".splitlines,
        lambda value: b"abc".hex(":", value),
        lambda value: binascii.b2a_base64(b"a", newline=value),
        lambda value: codecs.utf_7_decode(b"a", "strict", value),
        lambda value: os.read(value, 1),
        lambda value: sorted([1], reverse=value),
    ):
        try:
            print(function(number))
        except OverflowError as error:
            print(error)
