/** An ionicon in the colour of the text around it. Decorative: the words beside it say the same. */

/** What Ionic's own component gives its icons by CSS; a mask has to carry it inside. */
const STYLE =
  "<style>.ionicon{stroke:black}.ionicon-fill-none{fill:none}.ionicon-stroke-width{stroke-width:32px}</style>";

const masks = new Map<string, string>();

const maskOf = (icon: string): string => {
  let mask = masks.get(icon);
  if (mask === undefined) masks.set(icon, (mask = `url("${icon.replace(/(<svg[^>]*>)/, `$1${STYLE}`)}")`));
  return mask;
};

/** @param size pixels at the usual text size; it grows with the text */
export const Icon = ({ icon, size = 20 }: { readonly icon: string; readonly size?: number }) => {
  const side = `${size / 16}rem`;
  return (
    <span
      aria-hidden="true"
      className="dh-icon"
      style={{ width: side, height: side, maskImage: maskOf(icon), WebkitMaskImage: maskOf(icon) }}
    />
  );
};
