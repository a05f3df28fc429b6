import { useEffect, useState } from 'preact/hooks';

/** A picture from a file that the browser keeps. */
export function BlobPicture({ blob, label }: { blob: Blob; label: string }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address === '' ? null : <img src={address} alt={label} />;
}
