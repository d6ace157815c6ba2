/** What a person would call this device, as far as the browser says; undefined when it says nothing of use. */
export const deviceNameOf = (userAgent: string): string | undefined => {
  // An Android's user agent says Linux first and an iPhone's says Mac too, so the narrower word is asked for first.
  const name = ["iPad", "iPhone", "Android", "Windows", "Mac", "Linux"].find((word) =>
    userAgent.includes(word),
  );
  return name === "Android" ? `Android ${userAgent.includes("Mobile") ? "phone" : "tablet"}` : name;
};
