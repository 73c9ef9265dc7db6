# compare: stdout
"""Descriptors, functions, methods, cells, super, generic aliases and unions: attributes, representations, messages."""
def t(s,ns={}):
    try: r=eval(s,globals(),ns)
    except BaseException as e: print(s, type(e).__name__, e)
    else:
        r=repr(r)
        if ' at 0x' in r:
            parts=r.split(' at 0x'); r=parts[0]+''.join(' at 0x'+p.lstrip('0123456789abcdef') for p in parts[1:])
        print(s,'->',r)
class types:
    FunctionType=type(lambda:0); MappingProxyType=type(type.__dict__); GenericAlias=type(list[int]); UnionType=type(int|str)
    ModuleType=type(__builtins__) 
    SimpleNamespace=None
class A:
    __slots__=('x','__weakref__')
    @property
    def p(self): "doc"; return 1
    def m(self): pass
    @classmethod
    def c(cls): return cls
    @staticmethod
    def s(): return 3
class B: pass
a=A()
P=types.MappingProxyType
for s in ["a.x","delattr(a,'x')","A.x.__get__(1)","A.x.__get__(a)","A.x.__set__(1,2)","A.x.__get__(None,A)","A.x.__get__(None)","A.x.__get__(None,None)","type.__dict__['__mro__'].__get__(1)","setattr(type.__dict__['__mro__'],'a',1)","type.__dict__['__module__'].__set__(int,1)","setattr(slice(1),'start',1)","setattr(a,'p',1)","delattr(a,'p')","A.p.__get__(None,A) is A.p","A.p.__get__(None)","(lambda:1).__get__(None)","(lambda:1).__get__(None,None)","(lambda:1).__get__(None,A)","list.append.__get__(None,list)","list.append.__get__([])","list.append.__get__(1)","list.append.__get__(None)","list.__len__.__get__([])","list.__len__.__get__(1)","dict.__dict__['fromkeys'].__get__(None,dict)","dict.__dict__['fromkeys'].__get__(None,int)","dict.__dict__['fromkeys'].__get__({})","dict.__dict__['fromkeys'].__get__(None)","dict.__dict__['fromkeys'].__get__(None,1)","A.x","A.p","list.append","list.__len__","dict.__dict__['fromkeys']","[].append","[].__len__","len","dict.fromkeys","A.__dict__['x'].__objclass__","A.x.__qualname__","list.append.__qualname__","[].append.__qualname__","len.__qualname__","[].append.__self__","len.__module__","[].append.__module__","list.append.__text_signature__","list.__len__.__text_signature__","A.x.__reduce__()","list.append.__reduce__()","[].append.__reduce__()","len.__reduce__()","[].__len__.__reduce__()","dir(len)","dir(list.append)","dir(list.__len__)","dir([].__len__)","dir(A.x)","dir(type.__dict__['mro'])","dir(dict.__dict__['fromkeys'])","slice.start.__set__(slice(1),1)","delattr(slice(1),'start')","object.__new__.__qualname__","object.__new__.__self__","str.__dict__['maketrans']","str.maketrans.__qualname__","list.append.__name__","object.__new__.__text_signature__","object.__init_subclass__","A.__class__",
"dir(property)","dir(classmethod)","dir(super)","dir(P)","dir(types.GenericAlias)","dir(types.UnionType)","dir(types.ModuleType)","dir(types.FunctionType)","dir(type(a.m))","dir(object)","dir(type)","sorted(type.__dict__)","sorted(object.__dict__)","A.__dict__['c']","A.__dict__['s']","P({1:2})","P(1)","P([1])","hash(P({}))","P({})[1]","list[int]","list[int](1)","list[int].__origin__","list[int].__args__","list[int].__parameters__","list[int][str]","list[int]==list[int]","hash(list[int])==hash(list[int])","isinstance([],list[int])","issubclass(list,list[int])","int|str","int|None","int|int","int|1","1|int","isinstance(1,int|str)","isinstance(1,int|list[int])","(int|str).__args__","(int|str)|float","int|list[int]","super()","super(1)","super(A)","super(A,1)","super(A,A())","super(A,A()).m","super(int,A)","super(A,A).__self__","types.ModuleType('a').x","types.ModuleType('a').__dict__","types.ModuleType()","types.ModuleType(1)","property(1).__get__(1)","A.p.__set_name__(1)","A.p.fget","A.p.__doc__","property().fget","property().__get__(1)","property().__set__(1,1)","property().__delete__(1)","A.p.getter(1)","A.p.__isabstractmethod__","classmethod(1).__get__(1)","classmethod(1).__func__","classmethod(A.m).__wrapped__","staticmethod(1)()","staticmethod(A.m).__name__","classmethod(1).__name__","staticmethod(1).__isabstractmethod__","list[int].append","list[()]","list[int,]","tuple[int,...]","tuple[()]","dict[int,str]","type[int]","list[int].__class__","list[int].__mro_entries__(())","types.UnionType(1)","types.GenericAlias(1)","types.GenericAlias(list,int)","types.GenericAlias(1,2)","list['a']","list[None]","~list[int]","list[int]|None","None|list[int]","None|int","None|None","type(None)|int", "isinstance(1, None|int)", "len(P({}))","P({1:2})|{2:3}","P({1:2})==P({1:2})","P({1:2}).copy()","P({})|1","list[int].x","list[int].__x__","setattr(list[int],'x',1)"]: t(s)
def f(a,b=2,*,c:int=3)->str: "doc"; return a
for s in ["f.__name__","f.__qualname__","f.__defaults__","f.__kwdefaults__","f.__annotations__","f.__doc__","f.__module__","f.__closure__","f.__dict__","f.__code__.co_name","setattr(f,'__code__',1)","setattr(f,'__name__',1)","setattr(f,'__qualname__',1)","setattr(f,'__defaults__',1)","setattr(f,'__kwdefaults__',1)","setattr(f,'__annotations__',1)","setattr(f,'__dict__',1)","setattr(f,'__closure__',1)","setattr(f,'__globals__',1)","delattr(f,'__code__')","delattr(f,'__name__')","delattr(f,'__defaults__')","f.__defaults__","setattr(f,'x',1)","f.x","f.__dict__","delattr(f,'x')","delattr(f,'x')","types.FunctionType(1,{})","types.FunctionType(f.__code__,1)","types.FunctionType(f.__code__,{},1)","types.FunctionType(f.__code__,{},'a',1)","types.FunctionType(f.__code__,{},'a',(),1)","types.FunctionType(f.__code__,{},'a',(),(1,))","types.FunctionType(f.__code__,{},'a',(1,2))(5,c=3)","f","B().__init__","type(B().__init__)","f.__get__(1)","f.__get__(1).__func__","f.__get__(1)==f.__get__(1)","f.__get__(1) is f.__get__(1)","hash(f.__get__(1))==hash(f.__get__(1))","f.__get__(B).__self__","type(f.__get__(1))(1,1)","type(f.__get__(1))(f,None)","type(f.__get__(1))(f)","f.__get__(1).__doc__","f.__get__(1).__name__","f.__get__(1).x","setattr(f.__get__(1),'x',1)"]: t(s)
def mk():
    x=1
    def g(): return x
    def e():
        return undefined_x
    undefined_x=1
    del undefined_x
    return g,e
g,e=mk()
C=type(g.__closure__[0])
for s in ["g.__closure__","g.__closure__[0].cell_contents","e.__closure__[0].cell_contents","e.__closure__[0]","C(1)==C(1)","C(1)<C(2)","C()<C(1)","C()==C()","C(1)==1","C(1)<1","hash(C())","setattr(g.__closure__[0],'cell_contents',5)","g()","delattr(g.__closure__[0],'cell_contents')","g()","C(1,2)","C()","C(1)"]: t(s)
