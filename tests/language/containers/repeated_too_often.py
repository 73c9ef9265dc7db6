"""Sequences repeated more often than there can be items."""

for s in ('x','ab','abc','é€','x'*7, b'ab', b'x', [1], (1,2)):
    for n in (2**62, 2**62-1, 2**63-1, 2**61, 2**60, 2**63, -2**70):
        try: r=s*n; print('ok',len(r),end=' ')
        except Exception as e: print(type(e).__name__, e, end='; ')
    print()
    for n in (2**62, 2**60+5, 2**63-1):
        try: t=s; t*=n; print('ok',len(t),end=' ')
        except Exception as e: print(type(e).__name__, e, end='; ')
    print()
