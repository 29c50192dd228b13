namespace Weft.Text.Normalizers;

/// <content>
/// Properties of the Unicode Character Database (Unicode licence), each of the version that Hugging Face tokenizers use:
/// categories of Unicode 8, all marks and scripts of Unicode 9, numbers, words and lower case of Unicode 17. Deflated and in
/// Base64; inside are variable-length integers. First runs over all code points (length, classes), then likewise (length,
/// script), then the lower case: number of runs, and per run first code point as a difference to the one before, step,
/// length, and the distance to the lower case, doubled, odd where it is downwards.
/// </content>
internal sealed partial class CharacterTables
{
    private const string Deflated = """
        fVlrcF3VdV5rn32e93WunsdXsrQly9LV1ZF0/JJtLOxrjA3GYJs3pg0VkPBOsXklBIfI5uFpCQwzJUlDO1RDKHEJTWmbpHXaTJwmDZM0NDAJdKbTIXQ6aTPT
        FNImk+lMU+i39jlXNh7Kj3X3Pvu59np8ay0pVKqtzuF2l+KFGkeZzw2jmUfYtp7icxqK28wuMStiw8zESpOK0RolX7GMOjFzv2EaBn3XMZrKpkqu8WULqE4H
        Uxc9ZRRpOcR49jDHzjL1gC4FPSIfbqqaz0pn3MiVHk/iIo+mU+wDqYI4DWgAN2nMlshTDgk7CmyWZFZJf8r0plGmWRlOr7f3+qnMeCk4SZk02ihz7D1V+zTc
        mw6ZgVTRAYNz8IooGzEh1jE52C8rFfUZjbkQ5IDAMNWwewW+MI9eybiUYIdnAjrbVJtMJuXmHM7mJsuuZpBq9FRTOIrAi4LwmWNjxyjAHcrew+RbGTnyTsr3
        gmtSTSH5DoibUIjwJ+eAX9npxaqQPdbJreBFv+tMtUz2XHKaKsUKnOCkDkZ80RT2+3JiCk2lpeKk0N7F7zrJXebOxVn5OuFPuKjJHZYz5iB/z3u+8vRzrJze
        9VJrS+mZbxUOvTjK9+CNjuVMo1WFbSnbl3EHVqlzrpr4bsqbcw5hjU3RtBNXcJLT7LxQTDq2XDqiL0hGbMaX95FT2ELnbXiZdYrO206dEJ3xLrfZkQDeJqc1
        vY4mijc5plyc1OEktXrnZa5hdTLe9OOOJMJY3m81jjVdeK1YYFjYgG9Epxp75Q2i7wC3QrMiDy5TJrfBFl2sDOA/mOHVyzIU302KfmRXeuBACdk5K3urATlR
        G2MtVnwCPg5pyU1RnN+bE3yyKTIag0aq0KprvdoVn6OxNMSKkFyGtsDFFF6EtzdxA+QlMmN4rceekb62PgjrNX4TyJNWrNxwZzOXN7RqtTxu+XStNKaABS8p
        ayiqcLC8P1m0I+8xV0O7uejvMOImIffEDgwkpivE5UTF/FPBo7rhdgOtQ3uMw04WwIu6LJ8hdQtKcIhvlZapUuhX+utFok0/DayFllLBG4cLm4IEIcXYoxI7
        gmEiAWCUL5bVHDW5RewykYVgsVb4bDO3dg86D0gQZsjqqwRr0tQwohWOV8NGRapyh+INhef5uaYsJwFOiMRPUssDyBcEB9KK5mKzhkQ7s9Y73bSwcNkHG5CQ
        ElGI18nbhoz1adEgeBLsTe0u4ZXzsWZAmsdMgFtlnQMrgAYhoygbE6THK6dE+CYAlkASXLHcAqtA8grH2qVLJ9nMSdDBhZ9WhXrGizYo1NqhYYxtOA1rHdvP
        MVdws5J7mx0rtVmpUaUSVm0XwbHGakS0VLHWziMRs4xTpCQ0ChLbyGSivMVZ66hi0d9pltM67tPWJqPibjePjcskKFyycdPFnLZjcbwKKK+hvbcxwStx8JcV
        zccN2FBf/BO4FA/FazA6TBH/jkN9vA3LDAaOavqx4J14jcKJCPax4tN9Y1MetbkKfffDXv1CLv8fmXQWr+vmrwFg2iII+FUWwTjK6IeZqBv5g6gMLAscXGFD
        kqiQ+WqQtiplukYEDig3JoNPGRj7EAUAjVos/Qm0JxWdXLfUpsVneOnR0OygGVjEowBnBE4Jez0kRghT4giGAaWmu2Q89SCHELfeWHhuB9YC00sSch1rPPLc
        3DS1VYSElfXIguA6zbUmtgaau5FHXaknrmlTmCgbBGQq5D8lcVsYwUoxocIllDV4nN+0BoLVAmqwS4T9KBPwnASYqgLYQpFKGuROkYMpznWoExDXWkd3bPri
        WkOX70SCEVyjgEdJq7A6sqae0yk1iqSrMIA7TR4ILbF1dOvaz1yJ2NMPO1tjHoxpca16Uy2pxVuWxhd9TLjWSIR3ttDlLgfZnG4zI/TvYI5jauPiOdO0MTdO
        I2RwMRBNjSTsWH+x+RYQnm3Wpu1Rx2yCpWyqRR5I20AkjtPIoXCEAVycuxpg6IDoafmVYlOD5ChJ5GB/xq4F4Oa81TBfNaN0nzgzLpyOy7Qh03Ed2ewhGPtR
        JlHcGuQrnA7EGoao41ByU+A3Zy7Qw0V8HJIns8QtjLKbtegp676QnQwKNZGUrTdiCSV776n05t3fDlaV6S8U1NMH5A6gSIngLRu3d+YBxcb+fLFc029vD+J+
        CU7xMC4K46x4IvAh7jOCN5K+S8rehjdLsq5MjHxwJrb5KpwPfi8GbzFtpQ1lWiJu7FPIvozE1ojheIKUg0YyQzf2EbXmwIfPfYKhcTfuCOIu4IVGBuHH+2m3
        2UjrTAXkw31EDHnEGLS4JtnQPwJs4/yJeWIWg4mNiLdID7B8BCIfgDBa1Gv8uIcEgHLL32BqqQ+t9cQ4EqPiX9N5MixWj+wBUIarV9iE1cP8mJFghGSGpATQ
        OH2V+CNLEBYvz7A7FP+0FY+EEglItsaxttYTlxCkbVpvA1MeqGCVSDO2npYZ5BqFR8DEc/wJIGDhQb1PmpuHdZusSbC2aS6SmCIZdW1Yh4olACLxjoo0Li+L
        +F3f2iJZBeeuRBDragqeCspoM0TyRs+GZG2RTUkhw2wV8yyD3bya6Ez2Q0wqHbXbguUnC9CBhWxcwKPICbyiksmF3ZMNohYTO8ozNRf2AseNRYy+OcG0xXwI
        gCBJatnKg4sgLLIYKoqQEL4QZbvs/Mzy/ABtkxIHdIF1gS4Y2YsMQ6nZmyW/XY1sQfJZtmPdsfgoxI2xanP3ssjTHEZtPyws0yu+VxetZ98zh3DzS7a2V7f4
        LMZbkWTJXG7Lmd54ip70zQ10O3J1F9Xnt9h8r4euxdQLASxanPn3hqGGF7U5sQHSjLJvV+iExunDNkeWELDP9jzLq2S/EdYh/2ZtK+SSrQOkoujFOd3mBYem
        bTr1bYYg++ObkVlKJTSDCgH+h6y3XYBwyQrTAXL99yye+VpoJmEu/7bT2klHGJ9TgnIwmKL2JXGPTzrmwS66FfdVcJWcG4mLgjetvocYnD2srWL6zVOSWEqZ
        6DUDBUOBnQ6BiSck87wPjlMG3UYr4mNMl+O28zplZuEJwkm58B/haHuRVQfF92Bh1W6REsnYD2XjCuuO+Z8Z3q8VE1qbLWraCENci+SXU0lnIGiuibCplr4c
        YLVYwKu4E6ZSF2/Li1Zy4X9bEcnYHLRSr1p8l6zgGwq76lajrzkIEGjEFqPsxzmXejnWMP2tPBeYmk7SuahNJM+Lss94tAVKdUA6vhAxSPKbv8k3DhSbO44d
        FQfmmaBXZIqnMkPnjPVnUmeuo3h92nlydr3Ial3b/xbS3HiVLQty+tceUXlAb7yklgx91Sx5i68zcoFFZY5OLVUX//Qs2NCb2jzdTU9pjL9Ror9DiKQ3jHnl
        L6cQgodoQS0y/YzTx3/l0NvvOAjK+a9JkDcmjXkPNJvwfA3kJv3znAyDvuHMTyQuBlSlJzmY6QlOnAk8Ay1PQAS2lTGWPvWAtk1UV8QTD/Ggyv6IB4GRLrTp
        Mk2AsBpfDnobZwIamAG2zpTI1Zx4oKpGJk+MHsJAEulS1tCc3Yb+qK7ezTR/N/benem1n6jSlitcmrkVleCtsNFdEPqu7dSrYW66j6rYsVJfPKSy+pBKGkO6
        hPES7B3Uh74P4hIyXHyHxbguwTJL8CXMuXYdFDIJGJrE2CS+0fdBaplwJ1q3mHcmAWmTcH+MSRtPluwfCML8jwQWAk/ZNGy42fkDAs5p1gT2qdxEug9yFsDv
        AvgC9aHvgxTIxXdYjDsLyH8X9PJ410JE6jD4PYx8F61GK98MUrYv4w6VDyN9WF6Duw/DmA9XqfcwEpH7cS/IAfWD4vud5W99v0/K9mUd+L8/wJzegB0gB9QP
        ikDuBnBZjOkN2AVi21d2Xm2okrMT+0DSTu5Uy31vJxJUfDdA6hBT1yGHErQhiA/BjvDNhzR59htnHEJKg3HnUJnOAsZwMri4mtQWzG5Ryy1vQZGFvg9y7Nip
        +YodAxoV4x76EUhvMXT+EaaxI5ombAt0APlHdKKOrKYlvmR8FbasQm63StHUKk70qkU1tXsULx0Fp2i56E8W7ch7zNXQbi76O0Bm1KHGqEdX9COLBi26XSuv
        dGjPLU5SusWnyj1g4Z4S9aYqQT5cL1PlI3gASH2kTNdsAvObPEtqH5xpHyfhPqhln0dX7Qtoap9Lu7oiGt4K0N+qLfFWGMXWoY9CBB8tUXqZpsZlHpUug8lc
        ZjYNIldV8bZ7kZveq6h0L84GVdGvZdvpQh+pu+9Q+871UUA62nS2QzWQc3Z2VTi4kYI7A5SanFRAfqYTzjyQOLlCtB2fdyd4cA1+Nagyz4O75nliDtm9my2q
        +T7gjAcaL9qgwJgODWNsA9oaqGrXoL5AK1gUgsqJyq7EVSUAmrK/gDaqzDs0nNRpJKvROLDLSRSgj+cHQPVkct5JNL0FTmkiWYFNvbTkJ4uq9gtoHTCpaDSB
        uDAdJA3SSUyzY2zJzN+1wiV/xelGsekorP8oot3R/tHQav39yAzuTLZQo8V0oFWm17jVwEVw1oRbgM3WiiRs6UxNBYluCX9XtKAZyNLB7NUg3XJpsuLQNVNw
        3GSg4tJYUqa4NYzvdjI8dXEyi6Ovah3n5CvrWhHGXvsct1r0aHjMoY3HQsq2P68e6qGFwauCAM+8AaIYm8dD57dROJ/ehYiZeLTphoB23RZQ+TZkS0NIDufA
        29zYzSiwbl455dDedQLy0ToA07rhSwDzfSFV+2CVIN1nLtnxsYTcj/XvRkEMY8/plGimEHFC2EBE+/tndmPXbimCp1AET6EInnrwHHpT4dm3tMbJn0cF7LrU
        mAHigBikCopm7tB11L4IJ6h9NWpf3URQUBRn8oZqpgZXQYLdIC0S1lLtYppPC4WlJIJQp1sKokNuNaWWycG3j5V+EkE5QO02altQN0iBam3Utm3Utm1EEBw/
        DYsJk33WIiVizmKEM6lwz0GF243cLxvAxNjVZRpY7dLUryNnfhAPenDsA5qqH2jR/pXZbw5dB2lch7L2Wm2pOYKytgdS73mcUbVuQ9W6DVXrtt8Fgg3gJQNI
        skFqAHhpv/tm4RWz5oPDl6JMvRRl6jRmp+Fq04M3Ys2NjR2w2R1tMhcme1DZ7YFq9+iNWLMRhSVaBzSwUaPVFG7EGRt9MteYXzM0cR6A5DyUox7k4vWthaeu
        7V6DXWu6bkI8vAnl6E0oR38D5egBlKMHUI4eeAO5mz4Cc6lqGqpCBNVz1ldpxR1Ic+/waEMvPLq3TBPnhrT3w1Dbh5FZHEIFuBmv2ryd/IshHpAG1UCli5HJ
        nYVK6yzg/DhMdhyuAepD3wcpkIvvsBh3QDyOuDcOj0XfH0dVMf4I09WX42BLo3T+A6hLHkBhNnc7MOj2Udq5F4XAXo8q+7pp032YvG+OGgqApxCzFF506cNl
        4odPOrT5Q8dwWZlpGlQtR7SyjAT1fDB0Pr7P/46HiqWBiqUBthpSsTT+upf+JDCvDKNKcU7sQHkSoDzZD0veD0fav0BDIWwvjGjX9RFF1+NVoN7rUYxc/zOP
        dl5UotmLYqpf1Cb++DD9x+zHu+nn7scfvYBU6+1+unUYVcQwjHAY4h2GHw7r5J/G6ZfwU6Ccoq2Jk9WTAFjiZ0OJzrYk/bRr4qtMVyLEdCWPoXCAuZ8nqJ2I
        kyjbCgYJELJ1BRQO1pug/OJ70H6z4BfW5C7zQ9n4jPysTT7pHkT+fxAaPPhyRD4gtD6mbKtA7tirNWTtF0D5F0zSHoZy7X8glkLScNcBkNKSKyrJFykCafst
        BM1qXfRzcs5YfyZ15uQMvzirc56cXdeuPcO1/fVY/5iiFF77QWBsDe+R0CK0GjKtJBJikK5i/uxkMzWA3iqp2PVhgpCQfJHpBz5GKlYuId2FUy5PpixAbEoC
        i7RNtEPJdfbUAH2ReznJQaSWjEAxMxj7epn+4SXVmqQvm1aJXsdFdHS69folKANa//JIihXI/BOb+WeP/6pEJ3g7N9qf4P52wn67CVWsVY7yVaDqqh/YyT9n
        xkDA/IzDSskfcn7fkX/hKlZPOvKnHXw9hQF+QoY/Xczxk9J5ShY8K72n7bguvp6T8ecdOdhj/lJnz5ccp9MpbvgzFCT2zq909gsnulh/qlWh6hayfbvhm8LS
        IVY98hfUhzAWIsvg145zsedFEL98nIsbj8n5vy2Tj2HAVc/JveBNhcw/YZ/5QsXOBTh3kcHW/Q7X210ctlF+x6Eqq0Hme4uTamxl4jyEn3hJ/s3Q3g9ZttSA
        mmMeYsi2hjB9LY8vvNXH4ycPTTCfPOTJzw9c3r/0I72fvfizdZzi89SR2Wl2jsx+U6k9SqT8zj0Km2/ioB6zBwoK8up1pes19M3ymBBuZvUp8MzdZdZ/LCJD
        x45+h6t5559luobRIyLy/7WLn8PPX92N1e8cFaE8ekRksGmGY7MKjP25x431361ytrCQP/qtz8uql7bg5/ufZyfX6wkr7P+xU1+3/a8d58JiIFf1Dr5gbbdC
        0jhc/f1/MSyurarqaRFSrIbVebkuf+u4Fp1U8rteecIVq/BUpHow9ykXB/+B/f2M/X3A/mIca//wCem/an+/YH9P4tGB/An1Wnwcs0v/83jHaL6P73z2gc+6
        K3Dd819keMePQm7uf4F5bP9J5tLeMtf2xuzvDVjt/WmF1y3yy8x97Zf7oOqlLzB+F3jF3Bu/YB499/8A
        """;
}
