namespace Weft.Text.Bpe;

/// <summary>Unicode scalar to id in two array reads; pages of 256 exist only where the vocabulary has characters.</summary>
internal sealed class ScalarTable
{
    private readonly int[]?[] _pages = new int[]?[0x110000 >> 8];

    /// <summary>The id of a scalar, or -1.</summary>
    public int this[int scalar]
    {
        get => _pages[scalar >> 8] is int[] page ? page[scalar & 0xFF] : -1;
        set
        {
            int[]? page = _pages[scalar >> 8];
            if (page is null)
            {
                _pages[scalar >> 8] = page = new int[256];
                Array.Fill(page, -1);
            }
            page[scalar & 0xFF] = value;
        }
    }
}
