namespace Weft.Data;

/// <summary>
/// Packs things into as few rows as it can: the largest first, each into the row that it leaves the least room in (best fit decreasing; Johnson
/// 1973: at most 11/9 of the fewest possible rows, and 4 more).
/// </summary>
public static class BestFit
{
    /// <summary>Indices of the things, row by row.</summary>
    /// <param name="sizes">Of each thing, in two directions, such as the tokens of a target and of its source; 0 where there is but one.</param>
    /// <param name="room">Of a row, in both directions.</param>
    /// <exception cref="ArgumentException">A thing is larger than a row.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> Pack(ReadOnlySpan<(int First, int Second)> sizes, (int First, int Second) room)
    {
        int[] order = new int[sizes.Length], keys = new int[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i].First > room.First || sizes[i].Second > room.Second)
                throw new ArgumentException($"thing {i} of size {sizes[i]} is larger than a row of {room}; cut it first", nameof(sizes));
            (order[i], keys[i]) = (i, -(sizes[i].First + sizes[i].Second));
        }
        Array.Sort(keys, order);
        var rows = new List<List<int>>();
        var left = new List<(int First, int Second)>();
        foreach (int i in order)
        {
            int best = -1;
            for (int row = 0; row < left.Count; row++)
                if (left[row].First >= sizes[i].First && left[row].Second >= sizes[i].Second && (best < 0 || Sum(left[row]) < Sum(left[best])))
                    best = row;
            if (best < 0)
            {
                best = rows.Count;
                rows.Add([]);
                left.Add(room);
            }
            rows[best].Add(i);
            left[best] = (left[best].First - sizes[i].First, left[best].Second - sizes[i].Second);
        }
        return rows;
    }

    private static int Sum((int First, int Second) size) => size.First + size.Second;
}
