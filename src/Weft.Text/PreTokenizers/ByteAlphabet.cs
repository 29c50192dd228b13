namespace Weft.Text.PreTokenizers;

/// <summary>
/// GPT-2's printable stand-ins for the 256 bytes: visible Latin-1 characters stand for themselves, the others for the characters
/// from U+0100 on in order of their byte. So a vocabulary of bytes is a vocabulary of strings.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = BuildCharacters();
    private static readonly short[] Bytes = BuildBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char ToCharacter(byte value) => Characters[value];

    /// <summary>The byte for which a character stands, or -1.</summary>
    public static int ToByte(char character) => character < Bytes.Length ? Bytes[character] : -1;

    /// <summary>The bytes that a token of stand-ins spells, or null when one of its characters is none.</summary>
    public static byte[]? ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            int value = ToByte(token[i]);
            if (value < 0)
                return null;
            bytes[i] = (byte)value;
        }
        return bytes;
    }

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
            characters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)next++;
        return characters;
    }

    private static short[] BuildBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
            bytes[Characters[b]] = (short)b;
        return bytes;
    }
}
