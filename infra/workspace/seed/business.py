"""Put made-up customers, vehicles and trips into Odoo. Executed by `odoo shell`; may run again.

Nobody can take them for real: names say so, mail goes to example.invalid, telephone numbers have no
subscriber, plates are of no state. Everything follows from its number, so that two workspaces are alike.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta

MODULE = "workspace_seed"
"""Odoo's name for where records come from: a record that has been made is found again by it."""
CITIES = ("Mumbai", "Pune", "Nashik", "Surat", "Indore", "Nagpur", "Hyderabad", "Bengaluru")
FIRST_DAY = date(2026, 4, 1)
"""Trips begin with a fiscal year, whatever the day of the run."""
TRIPS_OF_A_VEHICLE = 6


@dataclass(frozen=True)
class Customer:
    """A company that has things driven."""

    number: int

    @property
    def values(self) -> dict[str, object]:
        """Fields of `res.partner`."""
        return {
            "name": f"Made-up Customer {self.number:03}",
            "is_company": True,
            "email": f"customer{self.number:03}@example.invalid",
            "phone": f"+91 00000 {self.number:05}",
            "street": f"{self.number} Nowhere Road",
            "city": CITIES[self.number % len(CITIES)],
            "comment": "Made-up data of a workspace",
        }


@dataclass(frozen=True)
class Vehicle:
    """A lorry."""

    number: int

    @property
    def plate(self) -> str:
        """Its plate: no state of India is called XX. Positions carry it as the vehicle's id."""
        return f"XX00ZZ{self.number:04}"


@dataclass(frozen=True)
class Trip:
    """A drive for a customer, sold as a service."""

    vehicle: Vehicle
    number: int
    """Counted for each vehicle, from 1."""

    @property
    def reference(self) -> str:
        """What people call it."""
        return f"MADE-UP-{self.vehicle.number:04}-{self.number:02}"

    @property
    def day(self) -> date:
        """When it is."""
        return FIRST_DAY + timedelta(days=7 * (self.number - 1) + self.vehicle.number % 5)

    @property
    def route(self) -> tuple[str, str]:
        """Where from and to."""
        first = (self.vehicle.number + self.number) % len(CITIES)
        return CITIES[first], CITIES[(first + 1 + self.number % 3) % len(CITIES)]

    @property
    def kilometres(self) -> int:
        """How far, roughly: what the odometer shows after all trips so far."""
        return 250 * self.number

    @property
    def price(self) -> int:
        """In rupees."""
        return 18_000 + 500 * ((self.vehicle.number + self.number) % 7)


def customers(count: int) -> list[Customer]:
    """Give so many customers."""
    return [Customer(number) for number in range(1, count + 1)]


def vehicles(count: int) -> list[Vehicle]:
    """Give so many vehicles."""
    return [Vehicle(number) for number in range(1, count + 1)]


def trips(fleet: list[Vehicle]) -> list[Trip]:
    """Give the trips of a fleet."""
    return [Trip(vehicle, number) for vehicle in fleet for number in range(1, TRIPS_OF_A_VEHICLE + 1)]


class Loader:
    """Makes records that are not there yet, and remembers each under a name of its own."""

    def __init__(self, env) -> None:  # noqa: ANN001  (Odoo's environment is known in the image only)
        self._env = env
        self.made = 0

    def record(self, model: str, name: str, values: dict[str, object]):  # noqa: ANN201
        """Give the record of that name; make it when there is none."""
        found = self._env.ref(f"{MODULE}.{name}", raise_if_not_found=False)
        if found:
            return found
        made = self._env[model].create(values)
        self._env["ir.model.data"].create(
            {"module": MODULE, "name": name, "model": model, "res_id": made.id, "noupdate": True}
        )
        self.made += 1
        return made


def load(env, *, fleet: int) -> int:  # noqa: ANN001
    """Make what is missing; give how many records that were."""
    loader = Loader(env)
    lorry = loader.record(
        "fleet.vehicle.model",
        "model",
        {
            "name": "Made-up Lorry",
            "brand_id": loader.record("fleet.vehicle.model.brand", "brand", {"name": "Made-up Works"}).id,
        },
    )
    freight = loader.record(
        "product.product", "freight", {"name": "Made-up freight", "type": "service", "list_price": 18_000}
    )
    buyers = [
        loader.record("res.partner", f"customer_{customer.number}", customer.values)
        for customer in customers(max(3, fleet // 2))
    ]
    lorries = {
        vehicle: loader.record(
            "fleet.vehicle",
            f"vehicle_{vehicle.number}",
            {"model_id": lorry.id, "license_plate": vehicle.plate},
        )
        for vehicle in vehicles(fleet)
    }
    for trip in trips(list(lorries)):
        origin, destination = trip.route
        buyer = buyers[(trip.vehicle.number + trip.number) % len(buyers)]
        name = f"trip_{trip.vehicle.number}_{trip.number}"
        loader.record(
            "sale.order",
            name,
            {
                "partner_id": buyer.id,
                "client_order_ref": trip.reference,
                "date_order": f"{trip.day} 06:00:00",
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": freight.id,
                            "name": f"{trip.vehicle.plate}: {origin} to {destination}",
                            "product_uom_qty": 1,
                            "price_unit": trip.price,
                        },
                    )
                ],
            },
        )
        loader.record(
            "fleet.vehicle.odometer",
            f"odometer_{trip.vehicle.number}_{trip.number}",
            {"vehicle_id": lorries[trip.vehicle].id, "value": trip.kilometres, "date": str(trip.day)},
        )
    env.cr.commit()
    return loader.made


if "env" in globals():
    print(f"Made {load(globals()['env'], fleet=int(os.environ['SEED_VEHICLES']))} records.")
