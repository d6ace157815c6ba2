/** An ionicon in the colour of the text around it. Decorative: the words beside it say the same. */
export const Icon = ({ icon, size = 20 }: { readonly icon: string; readonly size?: number }) => (
  <span
    aria-hidden="true"
    className="dh-icon"
    style={{ width: size, height: size, maskImage: `url("${icon}")`, WebkitMaskImage: `url("${icon}")` }}
  />
);
