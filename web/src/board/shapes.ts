/** The server's shapes, by the names the board uses. */
import type { components } from "$lib/schema";

type Shapes = components["schemas"];
export type City = Shapes["City"];
export type Basemap = Shapes["Basemap"];
export type AreaMap = Shapes["AreaMap"];
export type RiskMap = Shapes["RiskMap"];
export type Feed = Shapes["FeedHealth"];
export type Explained = Shapes["CellExplained"];
export type Site = Shapes["SiteRow"];
export type NewSite = Shapes["NewSite"];
export type Member = Shapes["StaffRow"];
export type Van = Shapes["VanRow"];
export type Absence = Shapes["AbsenceSeen"];
export type NewAbsence = Shapes["NewAbsence"];
export type Alert = Shapes["AlertSeen"];
export type NewAlert = Shapes["NewAlert"];
export type Run = Shapes["RunSeen"];
export type NewRun = Shapes["NewRun"];
export type Progress = Shapes["RunProgress"];
export type Plan = Shapes["PlanSeen"];
export type VanDay = Shapes["VanDaySeen"];
export type Stop = Shapes["StopSeen"];
export type Unserved = Shapes["Unserved"];
export type Change = Shapes["Change"];
export type Schedule = Shapes["Schedule"];
export type Version = Shapes["VersionSeen"];
export type Happening = Shapes["Happening"];
export type Replanned = Shapes["Replanned"];
export type Due = Shapes["DueSeen"];
export type EditVerdict = Shapes["EditVerdict"];
export type NewDue = Shapes["NewDue"];
export type Place = [lon: number, lat: number];

export const troubleKinds = ["van_lost", "van_late", "member_sick", "site_closed", "spike"] as const satisfies readonly Happening["kind"][];
export const alertKinds = ["spike", "drug_checking", "community", "odmap", "other"] as const satisfies readonly NewAlert["kind"][];
