import { describe, expect, it } from "vitest";
import { decode, encode, readCreation, readRequest, write } from "./code.ts";

const bytes = (...list: number[]): ArrayBuffer => Uint8Array.from(list).buffer;

describe("base64url", () => {
	it.each([
		["", []],
		["AA", [0]],
		["-_8", [251, 255]],
		["AAECAwQ", [0, 1, 2, 3, 4]],
	])("%s", (text, list) => {
		expect(encode(bytes(...list))).toBe(text);
		expect([...new Uint8Array(decode(text))]).toEqual(list);
	});
});

describe("options", () => {
	it("of a sign-in", () => {
		const got = readRequest({
			challenge: "-_8",
			rpId: "portal.example.jp",
			userVerification: "required",
			allowCredentials: [{ type: "public-key", id: "AA", transports: ["internal"] }],
		});
		expect(new Uint8Array(got.challenge as ArrayBuffer)).toEqual(Uint8Array.from([251, 255]));
		expect(got.userVerification).toBe("required");
		expect(got.allowCredentials).toEqual([{ type: "public-key", id: bytes(0), transports: ["internal"] }]);
	});
	it("of a sign-in by anybody", () => {
		expect(readRequest({ challenge: "AA", rpId: "x", userVerification: "required" }).allowCredentials).toEqual([]);
	});
	it("of a new passkey", () => {
		const got = readCreation({
			challenge: "AA",
			rp: { id: "portal.example.jp", name: "Mizuhiki" },
			user: { id: "-_8", name: "hanako", displayName: "水引 花子" },
			pubKeyCredParams: [{ type: "public-key", alg: -7 }],
			authenticatorSelection: { residentKey: "required", userVerification: "required" },
			attestation: "none",
		});
		expect(got.user.id).toEqual(bytes(251, 255));
		expect(got.excludeCredentials).toEqual([]);
	});
});

describe("answers", () => {
	it("of a sign-in", () => {
		const response = {
			clientDataJSON: bytes(1),
			authenticatorData: bytes(2),
			signature: bytes(3),
			userHandle: bytes(4),
		};
		const c = { id: "AA", rawId: bytes(0), type: "public-key", response } as unknown as PublicKeyCredential;
		expect(JSON.parse(write(c))).toEqual({
			id: "AA",
			rawId: "AA",
			type: "public-key",
			response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw", userHandle: "BA" },
		});
	});
	it("of a new passkey", () => {
		const response = { clientDataJSON: bytes(1), attestationObject: bytes(2), getTransports: () => ["usb"] };
		const c = { id: "AA", rawId: bytes(0), type: "public-key", response } as unknown as PublicKeyCredential;
		expect(JSON.parse(write(c)).response).toEqual({
			clientDataJSON: "AQ",
			attestationObject: "Ag",
			transports: ["usb"],
		});
	});
});
