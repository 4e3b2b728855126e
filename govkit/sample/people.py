"""Invented persons: common surnames, made-up given names, telephone numbers in a range that is plainly a sample's."""

import random

PHONE_RANGE = "1380000"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_FIRST = "建国春秀玉小文志海明红永德新桂金凤保瑞长庆喜学树兰"
_SECOND = "军芳平英华强梅林霞涛花生成香山玲安峰珍旺民云福河萍"


def person(rng: random.Random) -> str:
    """Return an invented name of two or three characters."""
    given = rng.choice(_SECOND) if rng.random() < 0.15 else rng.choice(_FIRST) + rng.choice(_SECOND)
    return rng.choice(_SURNAMES) + given


def phone(rng: random.Random) -> str:
    """Return eleven digits in the sample's range."""
    return f"{PHONE_RANGE}{rng.randrange(10_000):04}"
