"""Sample service centres, items, visitors and agency services (C, and F of the centres)."""

import datetime as dt
import random
from collections.abc import Iterator

from govkit.demo.sample.common import (
    YEAR,
    Numbers,
    Row,
    Rows,
    Unit,
    between,
    code_of,
    known_by_year_end,
    month_days,
    month_end,
    person,
    phone,
    shared_out,
    some_day,
    unit_of,
    workdays_on,
)
from govkit.ledgers.places import Place, Places

ITEMS: dict[str, tuple[str, ...]] = {
    "公安分局": ("户口登记", "户口迁移", "居民身份证受理", "流动人口居住登记"),
    "民政局": ("最低生活保障申请", "临时救助申请", "老年优待证办理", "婚姻登记预约"),
    "人力资源和社会保障局": ("城乡居民养老保险参保", "养老待遇资格认证", "就业失业登记", "职业技能培训报名"),
    "国土资源分局": ("宅基地使用权登记", "土地承包档案查询", "设施农用地备案"),
    "住房和城乡建设局": ("农村危房改造申请", "房屋租赁登记", "施工许可受理"),
    "规划分局": ("乡村建设规划许可受理", "规划公示查询"),
    "环境保护分局": ("建设项目环境影响登记", "环境信访受理"),
    "农业局": ("农作物种子经营备案", "农产品质量检测受理", "农民专业合作社指导"),
    "林业局": ("林木采伐许可受理", "林权登记受理", "木材运输证受理"),
    "水利局": ("取水许可受理", "农村饮水报修", "河道管理范围内项目受理"),
    "卫生和计划生育局": ("生育服务登记", "新农合大病报销", "乡村医生注册", "公共场所卫生许可受理"),
    "教育局": ("学生资助申请", "转学手续办理", "民办幼儿园备案", "入学报名咨询"),
    "财政局": ("涉农补贴查询", "惠农一折通补办", "会计信息采集"),
    "国家税务局": ("税务登记", "普通发票领用", "纳税申报受理"),
    "地方税务局": ("个体户纳税申报", "车船税代收", "完税证明开具"),
    "工商行政管理分局": ("个体工商户登记", "农民专业合作社登记", "企业名称预先核准", "消费者投诉受理"),
    "质量技术监督分局": ("组织机构代码办理", "计量器具检定受理"),
    "食品药品监督管理分局": ("小餐饮备案", "食品流通许可受理", "药品零售咨询"),
    "安全生产监督管理局": ("烟花爆竹零售许可受理", "安全生产培训报名"),
    "交通运输局": ("道路运输证受理", "农村公路报修", "客运线路咨询"),
    "发展改革局": ("项目备案受理", "价格投诉受理"),
    "商务局": ("农村电商网点备案", "再生资源回收备案"),
    "科学技术局": ("科技特派员申请", "专利申请资助受理"),
    "文化旅游局": ("文化经营许可受理", "农家书屋借阅登记", "农家乐备案"),
    "残疾人联合会": ("残疾人证申请", "辅助器具申请", "残疾人就业登记"),
    "妇女联合会": ("妇女小额贷款推荐", "妇女维权受理"),
    "总工会": ("困难职工帮扶申请", "工会法律援助受理"),
    "司法局": ("法律援助申请", "公证预约", "人民调解申请"),
    "统计局": ("统计资料查询", "统计登记"),
    "畜牧局": ("动物防疫条件受理", "动物检疫申报", "畜禽养殖备案"),
    "农业机械管理局": ("农机购置补贴申请", "拖拉机牌证受理", "农机驾驶培训报名"),
    "扶贫办公室": ("贫困户建档申请", "扶贫项目申报"),
    "档案局": ("婚姻档案查询", "土地档案查询", "知青档案查询"),
    "住房公积金管理部": ("公积金提取受理", "公积金账户查询", "公积金贷款咨询"),
    "供电服务站": ("用电报装", "电费查询", "用电过户"),
    "供水服务站": ("用水报装", "水费查询", "水表过户"),
}

AGENCY_MATTERS: dict[str, tuple[int, int]] = {
    "新农合大病报销": (10, 16),
    "最低生活保障申请": (15, 8),
    "临时救助申请": (5, 7),
    "老年优待证办理": (5, 14),
    "城乡居民养老保险参保": (3, 15),
    "养老待遇资格认证": (3, 12),
    "户口登记": (3, 9),
    "生育服务登记": (5, 8),
    "残疾人证申请": (15, 5),
    "农机购置补贴申请": (10, 6),
    "宅基地使用权登记": (15, 5),
    "农村危房改造申请": (15, 4),
    "用电报装": (5, 5),
    "个体工商户登记": (5, 6),
}
"""The matters of village agents: promised workdays and relative frequency."""

TOWNSHIP_ITEMS = tuple(AGENCY_MATTERS)[:12]
"""The items of a township centre."""


AGENCY_SERVICES = 1985  # C9 counts those finished, some 40 fewer: 1900余
DISTRICT_OPENED = dt.date(YEAR, 6, 30)  # C2
_DISTRICT_VISITORS = 214
_LISTED_FIRST = 85

_TOWNSHIP_CENTRES = {
    "苏家作乡": ("新建", (4, 8), (9, 10), 680, 92),
    "阳庙镇": ("改建", (3, 16), (9, 14), 560, 88),
    "宁郭镇": ("改建", (4, 20), (9, 16), 520, 75),
    "李万街道": ("新建", (5, 25), (9, 9), 720, 81),
    "文苑街道": ("新建", (6, 15), (9, 15), 610, 66),
    "文昌街道": ("改建", (5, 11), (9, 16), 480, 59),
}
"""F1, F2, C6: works, opening day, day online, area, and visitors a day of each centre."""

_BUILT = {"苏家作村": 24, "南张村": 22, "辛庄村": 20, "北西尚村": 20}
_BUILT_ELSEWHERE = (18, 18, 18)
_REPAIRED = (6, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4)
_MODEL = ("北李万村", 10)
"""F5: seven new village venues; F4: with the repairs and the model centre (F6) they cost 200 (万元) in all."""

_AGENCY_MONTHS = (0.60, 0.45, 0.85, 0.90, 0.95, 0.95, 1.00, 1.00, 1.25, 1.15, 1.25, 1.15)
_VISIT_MONTHS = (0.8, 0.7, 0.9, 0.9, 0.9, 0.95, 0.95, 0.95, 1.05, 1.05, 1.05, 1.03)


def services_rows(rng: random.Random, places: Places) -> Rows:
    """Return the sample rows of services by ledger code."""
    centres = [_district_centre(places), *_township_centres(places), *_village_centres(rng, places)]
    return {
        "service_centres": centres,
        "service_items": [*_district_items(rng, places), *_township_items(places)],
        "service_visits": list(_visits(rng, places)),
        "agency_services": _agency(rng, places),
    }


def _district_centre(places: Places) -> Row:
    return {
        "centre_id": "ZX-SFQ",
        "place": places.district.code,
        "name": f"{places.district.name}行政服务中心",
        "works": "新建",
        "opened_on": DISTRICT_OPENED,
        "area": 1200.0,
        "cost": 240.0,
        "online_on": dt.date(YEAR, 9, 8),
    }


def _township_centres(places: Places) -> Iterator[Row]:
    for township in places.at("township"):
        works, opened, online, area, _ = _TOWNSHIP_CENTRES[township.name]
        yield {
            "centre_id": f"ZX-{code_of(township, places)}",
            "place": township.code,
            "name": f"{township.name}便民服务中心",
            "works": works,
            "opened_on": dt.date(YEAR, *opened),
            "area": float(area),
            "cost": None,
            "online_on": dt.date(YEAR, *online),
        }


def _village_centres(rng: random.Random, places: Places) -> Iterator[Row]:
    works = _village_works(rng, places)
    for village in places.at("village"):
        how, cost = works.get(village.name, ("原有", None))
        opened = some_day(rng, (0, 0, 0, 1, 1, 2, 2, 2, 1, 1, 1, 0))
        yield {
            "centre_id": f"ZX-{code_of(village, places)}",
            "place": village.code,
            "name": f"{village.name}党群服务中心" + ("（示范中心）" if village.name == _MODEL[0] else ""),
            "works": how,
            "opened_on": opened.replace(year=rng.randint(2009, 2014)) if how == "原有" else opened,
            "area": float(rng.randrange(120, 420, 10)),
            "cost": float(cost) if cost else None,
            "online_on": None,
        }


def _village_works(rng: random.Random, places: Places) -> dict[str, tuple[str, int]]:
    names = [village.name for village in places.at("village") if "样例" in village.name]
    chosen = rng.sample(names, len(_BUILT_ELSEWHERE) + len(_REPAIRED))
    built = _BUILT | dict(zip(chosen, _BUILT_ELSEWHERE, strict=False))
    repaired = dict(zip(chosen[len(_BUILT_ELSEWHERE) :], _REPAIRED, strict=True))
    return (
        {name: ("新建", cost) for name, cost in built.items()}
        | {name: ("修缮", cost) for name, cost in repaired.items()}
        | {_MODEL[0]: ("改建", _MODEL[1])}
    )


def _district_items(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield the one-stop items, most of them listed on the day the centre opened."""
    pairs = [(department, name) for department, names in ITEMS.items() for name in names]
    later = set(rng.sample(range(len(pairs)), len(pairs) - _LISTED_FIRST))
    for number, (department, name) in enumerate(pairs):
        yield {
            "item_id": f"SX-SFQ-{number + 1:03}",
            "place": places.district.code,
            "name": name,
            "department": department,
            "one_stop": True,
            "listed_on": between(rng, dt.date(YEAR, 7, 13), dt.date(YEAR, 9, 16))
            if number in later
            else DISTRICT_OPENED,
        }


def _township_items(places: Places) -> Iterator[Row]:
    department_of = {name: department for department, names in ITEMS.items() for name in names}
    for township in places.at("township"):
        for number, name in enumerate(TOWNSHIP_ITEMS, 1):
            yield {
                "item_id": f"SX-{code_of(township, places)}-{number:02}",
                "place": township.code,
                "name": name,
                "department": department_of[name],
                "one_stop": False,
                "listed_on": dt.date(YEAR, *_TOWNSHIP_CENTRES[township.name][1]),
            }


def _visits(rng: random.Random, places: Places) -> Iterator[Row]:
    """Yield monthly visitors of each centre from its opening; the district's from 1 July."""
    yield from _centre_visits(rng, places.district, dt.date(YEAR, 7, 1), _DISTRICT_VISITORS)
    for township in places.at("township"):
        _, opened, _, _, a_day = _TOWNSHIP_CENTRES[township.name]
        yield from _centre_visits(rng, township, dt.date(YEAR, *opened), a_day)


def _centre_visits(rng: random.Random, place: Place, opened: dt.date, a_day: float) -> Iterator[Row]:
    for month in range(opened.month, 13):
        days = sum(day >= opened for day in month_days(month))
        visitors = days * a_day * _VISIT_MONTHS[month - 1] * rng.uniform(0.97, 1.03)
        yield {"place": place.code, "counted_on": month_end(month), "open_days": days, "visitors": round(visitors)}


def _agency(rng: random.Random, places: Places) -> list[Row]:
    villages = shared_out(AGENCY_SERVICES, places.at("village"), places)
    taken = sorted((some_day(rng, _AGENCY_MONTHS), village.code) for village in villages)
    agents = {village.code: [person(rng) for _ in range(rng.randint(1, 2))] for village in places.at("village")}
    numbers = Numbers("DB", places)
    return [
        {"service_id": numbers.next(code), "agent": rng.choice(agents[code])}
        | _service(rng, applied, places[code], unit_of(places[code], places))
        for applied, code in taken
    ]


def _service(rng: random.Random, applied: dt.date, village: Place, unit: Unit) -> Row:
    matter = rng.choices(list(AGENCY_MATTERS), [often for _, often in AGENCY_MATTERS.values()])[0]
    promised = AGENCY_MATTERS[matter][0]
    late = rng.random() < unit.late_services
    taken = promised + rng.randint(2, 16) if late else rng.randint(promised // 3, promised)
    return {
        "place": village.code,
        "applicant": person(rng),
        "phone": phone(rng) if rng.random() < 0.8 else None,
        "matter": matter,
        "applied_on": applied,
        "due_on": workdays_on(applied, promised),
        "finished_on": known_by_year_end(workdays_on(applied, taken)),
    }
