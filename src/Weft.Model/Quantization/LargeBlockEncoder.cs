using System.Runtime.Intrinsics;

namespace Weft.Model.Quantization;

/// <summary>
/// Makes blocks of 256 elements as ggml makes them (<c>quantize_row_q4_K_ref</c> and the like; with importance <c>quantize_row_q4_K_impl</c>): a search in each
/// group for its scale, then scales as codes of few bits, then the elements anew by what those codes say.
/// </summary>
internal static class LargeBlockEncoder
{
    private const int Length = BlockTypes.LargeBlock;

    /// <summary>Groups of the types that have 16 elements in each.</summary>
    private const int Groups = 16;

    /// <summary>Elements that lie side by side in <see cref="GroupLanes"/> where groups have 16.</summary>
    private const int LaneElements = GroupLanes.Count * 16;

    /// <summary>What is tried where importance is given.</summary>
    private static AffineSearch Thorough(int highest) => new(highest, First: -0.9f, Step: 0.05f, Steps: 36);

    /// <summary>2 bits: scale and minimum of 4 bits for each 16.</summary>
    public static void WriteQ2(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        var found = new Found(stackalloc Vector256<float>[32], stackalloc float[Groups], stackalloc float[Groups], stackalloc float[Groups]);
        Span<Vector256<float>> x = stackalloc Vector256<float>[16], weights = stackalloc Vector256<float>[16];
        bool weighted = !importance.IsEmpty;
        AffineSearch search = weighted ? Thorough(3) : new(3, First: -0.5f, Step: 0.1f, Steps: 15, Absolute: true);
        float variance = weighted ? Squares(values) / Length : 0;
        for (int run = 0; run < 2; run++)
        {
            GroupLanes.Load(values.Slice(run * LaneElements, LaneElements), x);
            if (weighted)
                Weigh(importance.Slice(run * LaneElements, LaneElements), variance, x, weights);
            else
                for (int i = 0; i < x.Length; i++)
                    weights[i] = Vector256.Abs(x[i]);
            found.Search(search, run, x, weights);
        }
        Span<byte> scales = stackalloc byte[Groups], minima = stackalloc byte[Groups], codes = stackalloc byte[Length];
        (float d, float m) = found.Encode(15, weighted, scales, minima);
        SmallBlockEncoder.WriteHalf(block[80..], d);
        SmallBlockEncoder.WriteHalf(block[82..], m);
        d = SmallBlocks.ReadHalf(block[80..]);
        m = SmallBlocks.ReadHalf(block[82..]);
        for (int j = 0; j < Groups; j++)
        {
            block[j] = (byte)(scales[j] | minima[j] << 4);
            Span<byte> group = codes.Slice(j * 16, 16);
            if (!Round(values.Slice(j * 16, 16), d * scales[j], m * minima[j], 0, 3, group))
                found.CopyCodes(j, group);
        }
        PackTwoBits(codes, block.Slice(16, 64));
    }

    /// <summary>3 bits: a signed scale of 6 bits for each 16.</summary>
    public static void WriteQ3(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        var found = new Found(stackalloc Vector256<float>[32], stackalloc float[Groups], [], stackalloc float[Groups]);
        Span<Vector256<float>> x = stackalloc Vector256<float>[16], weights = stackalloc Vector256<float>[16];
        bool weighted = !importance.IsEmpty;
        var search = new SymmetricSearch(4);
        float variance = weighted ? 2 * Squares(values) / Length : 0;
        for (int run = 0; run < 2; run++)
        {
            GroupLanes.Load(values.Slice(run * LaneElements, LaneElements), x);
            if (weighted)
                Weigh(importance.Slice(run * LaneElements, LaneElements), variance, x, weights);
            found.Search(search, run, x, weighted ? weights : []);
        }
        Span<byte> scales = stackalloc byte[Groups], codes = stackalloc byte[Length];
        float d = weighted ? SignedScales(found.Scales, found.Weights, scales) : SignedScales(found.Scales, scales);
        Span<byte> packed = block.Slice(96, 12);
        packed.Clear();
        for (int j = 0; j < Groups; j++)
        {
            packed[j % 8] |= (byte)((scales[j] & 15) << (4 * (j / 8)));
            packed[8 + (j % 4)] |= (byte)(scales[j] >> 4 << (2 * (j / 4)));
        }
        SmallBlockEncoder.WriteHalf(block[108..], d);
        d = SmallBlocks.ReadHalf(block[108..]);
        for (int j = 0; j < Groups; j++)
        {
            Span<byte> group = codes.Slice(j * 16, 16);
            if (!Round(values.Slice(j * 16, 16), d * (scales[j] - 32), 0, -4, 3, group))
                found.CopyCodes(j, group);
        }
        Span<byte> third = block[..32];
        third.Clear();
        for (int i = 0; i < Length; i++)
        {
            third[i % 32] |= (byte)(codes[i] >> 2 << (i / 32));
            codes[i] &= 3;
        }
        PackTwoBits(codes, block.Slice(32, 64));
    }

    /// <summary>4 or 5 bits: scale and minimum of 6 bits for each 32.</summary>
    public static void WriteQ4OrQ5(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, int bits, Span<byte> block)
    {
        const int Count = GroupLanes.Count;
        int highest = (1 << bits) - 1;
        var found = new Found(stackalloc Vector256<float>[32], stackalloc float[Count], stackalloc float[Count], stackalloc float[Count]);
        Span<Vector256<float>> x = stackalloc Vector256<float>[32], weights = stackalloc Vector256<float>[32];
        bool weighted = !importance.IsEmpty;
        GroupLanes.Load(values, x);
        if (weighted)
            Weigh(importance, 2 * Squares(values) / Length, x, weights);
        else
            WeighByMagnitude(x, weights);
        found.Search(weighted ? Thorough(highest) : bits == 4 ? new(highest, First: -1, Step: 0.1f, Steps: 20) : new(highest, First: -0.5f, Step: 0.1f, Steps: 15), 0, x, weights);
        Span<byte> scales = stackalloc byte[Count], minima = stackalloc byte[Count], codes = stackalloc byte[Length];
        (float d, float m) = found.Encode(63, weighted, scales, minima);
        SmallBlockEncoder.WriteHalf(block, d);
        SmallBlockEncoder.WriteHalf(block[2..], m);
        PackSixBits(scales, minima, block.Slice(4, 12));
        d = SmallBlocks.ReadHalf(block);
        m = SmallBlocks.ReadHalf(block[2..]);
        for (int j = 0; j < Count; j++)
        {
            Span<byte> group = codes.Slice(j * 32, 32);
            if (!Round(values.Slice(j * 32, 32), d * scales[j], m * minima[j], 0, highest, group))
                found.CopyCodes(j, group);
        }
        if (bits == 5)
        {
            Span<byte> fifth = block.Slice(16, 32);
            fifth.Clear();
            for (int i = 0; i < Length; i++)
                fifth[i % 32] |= (byte)(codes[i] >> 4 << (i / 32));
        }
        Span<byte> halves = block[(bits == 5 ? 48 : 16)..];
        for (int i = 0; i < halves.Length; i++)
        {
            int low = (i / 32 * 64) + (i % 32);
            halves[i] = (byte)((codes[low] & 15) | codes[low + 32] << 4);
        }
    }

    /// <summary>6 bits: a signed scale of 8 bits for each 16. Importance weighs errors as it is, without the elements' own magnitude.</summary>
    public static void WriteQ6(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        var found = new Found(stackalloc Vector256<float>[32], stackalloc float[Groups], [], stackalloc float[Groups]);
        Span<Vector256<float>> x = stackalloc Vector256<float>[16], weights = stackalloc Vector256<float>[16];
        for (int run = 0; run < 2; run++)
        {
            GroupLanes.Load(values.Slice(run * LaneElements, LaneElements), x);
            if (!importance.IsEmpty)
                GroupLanes.Load(importance.Slice(run * LaneElements, LaneElements), weights);
            else
                for (int i = 0; i < x.Length; i++)
                    weights[i] = x[i] * x[i];
            found.Search(new SymmetricSearch(32), run, x, weights);
        }
        float largest = Largest(found.Scales);
        if (Math.Abs(largest) < SymmetricSearch.Nothing)
        {
            block.Clear();
            return;
        }
        float inverse = -128f / largest;
        SmallBlockEncoder.WriteHalf(block[208..], 1 / inverse);
        float d = SmallBlocks.ReadHalf(block[208..]);
        Span<byte> codes = stackalloc byte[Length];
        for (int j = 0; j < Groups; j++)
        {
            sbyte scale = (sbyte)Math.Min(sbyte.MaxValue, GroupLanes.Nearest(inverse * found.Scales[j]));
            block[192 + j] = (byte)scale;
            Span<byte> group = codes.Slice(j * 16, 16);
            if (!Round(values.Slice(j * 16, 16), d * scale, 0, -32, 31, group))
                found.CopyCodes(j, group);
        }
        for (int i = 0; i < 128; i++)
        {
            int low = (i / 64 * 128) + (i % 64);
            block[i] = (byte)((codes[low] & 15) | codes[low + 64] << 4);
        }
        foreach (ref byte code in codes)
            code >>= 4;
        PackTwoBits(codes, block.Slice(128, 64));
    }

    private static float Squares(ReadOnlySpan<float> values)
    {
        float sum = 0;
        foreach (float value in values)
            sum += value * value;
        return sum;
    }

    /// <summary>Importance times the root of the block's and the element's own square.</summary>
    private static void Weigh(ReadOnlySpan<float> importance, float variance, ReadOnlySpan<Vector256<float>> x, Span<Vector256<float>> weights)
    {
        GroupLanes.Load(importance, weights);
        for (int i = 0; i < x.Length; i++)
            weights[i] *= Vector256.Sqrt(Vector256.Create(variance) + (x[i] * x[i]));
    }

    /// <summary>The group's root mean square and the element's magnitude.</summary>
    private static void WeighByMagnitude(ReadOnlySpan<Vector256<float>> x, Span<Vector256<float>> weights)
    {
        Vector256<float> squares = Vector256<float>.Zero;
        foreach (Vector256<float> element in x)
            squares += element * element;
        Vector256<float> average = Vector256.Sqrt(squares / Vector256.Create((float)x.Length));
        for (int i = 0; i < x.Length; i++)
            weights[i] = average + Vector256.Abs(x[i]);
    }

    /// <summary>The first scale of the largest magnitude, with its sign.</summary>
    private static float Largest(ReadOnlySpan<float> scales)
    {
        float largest = 0;
        foreach (float scale in scales)
            if (Math.Abs(scale) > Math.Abs(largest))
                largest = scale;
        return largest;
    }

    /// <summary>Codes of 6 bits about 32 for scales with a sign; the largest becomes 0.</summary>
    private static float SignedScales(ReadOnlySpan<float> scales, Span<byte> codes)
    {
        float largest = Largest(scales);
        codes.Clear();
        if (largest == 0)
            return 0;
        float inverse = -32f / largest;
        for (int j = 0; j < codes.Length; j++)
            codes[j] = (byte)(Math.Clamp((int)(sbyte)GroupLanes.Nearest(inverse * scales[j]), -32, 31) + 32);
        return 1 / inverse;
    }

    /// <summary>The same by search; one lane holds the scales.</summary>
    private static float SignedScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, Span<byte> codes)
    {
        Span<Vector256<float>> x = stackalloc Vector256<float>[Groups], w = stackalloc Vector256<float>[Groups], found = stackalloc Vector256<float>[Groups];
        for (int j = 0; j < Groups; j++)
            (x[j], w[j]) = (Vector256.CreateScalar(scales[j]), Vector256.CreateScalar(weights[j]));
        float scale = new SymmetricSearch(32).Find(x, w, found)[0];
        for (int j = 0; j < Groups; j++)
            codes[j] = (byte)found[j][0];
        return scale;
    }

    /// <summary>Codes from <paramref name="low"/>, which becomes 0, for (x + minimum) / scale; none where the scale is zero.</summary>
    private static bool Round(ReadOnlySpan<float> x, float scale, float minimum, int low, int high, Span<byte> codes)
    {
        if (scale == 0)
            return false;
        for (int i = 0; i < x.Length; i += GroupLanes.Count)
        {
            Vector256<float> nearest = GroupLanes.Nearest((Vector256.Create(x.Slice(i, GroupLanes.Count)) + Vector256.Create(minimum)) / Vector256.Create(scale));
            GroupLanes.Store(Vector256.ConvertToInt32(GroupLanes.Clamp(nearest, low, high)) - Vector256.Create(low), codes[i..]);
        }
        return true;
    }

    /// <summary>Four codes in a byte, as <see cref="LargeBlocks"/> reads them.</summary>
    private static void PackTwoBits(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        for (int i = 0; i < packed.Length; i++)
        {
            ReadOnlySpan<byte> run = codes[((i / 32 * 128) + (i % 32))..];
            packed[i] = (byte)(run[0] | run[32] << 2 | run[64] << 4 | run[96] << 6);
        }
    }

    /// <summary>Scales and minima of 6 bits, as <see cref="LargeBlocks"/> reads them.</summary>
    private static void PackSixBits(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> packed)
    {
        for (int j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(minima[j] | minima[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)((scales[j + 4] & 15) | minima[j + 4] << 4);
        }
    }

    /// <summary>What the searches in a block's groups have found.</summary>
    private readonly ref struct Found(Span<Vector256<float>> codes, Span<float> scales, Span<float> minima, Span<float> weights)
    {
        private readonly Span<Vector256<float>> _codes = codes;

        public Span<float> Scales { get; } = scales;

        public Span<float> Minima { get; } = minima;

        /// <summary>Sums of the weights.</summary>
        public Span<float> Weights { get; } = weights;

        /// <summary>Searches in the groups of one run of lanes.</summary>
        public void Search(AffineSearch search, int run, ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights)
        {
            (Vector256<float> scale, Vector256<float> minimum) = search.Find(x, weights, _codes.Slice(run * x.Length, x.Length));
            minimum.CopyTo(Minima[(run * GroupLanes.Count)..]);
            Keep(run, scale, weights);
        }

        /// <summary>Searches in the groups of one run of lanes; without weights it is those of the elements' squares.</summary>
        public void Search(SymmetricSearch search, int run, ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights)
        {
            Span<Vector256<float>> codes = _codes.Slice(run * x.Length, x.Length);
            Keep(run, weights.IsEmpty ? search.Refine(x, codes) : search.Find(x, weights, codes), weights);
        }

        /// <summary>Codes for scales and minima, and what they are multiplied by.</summary>
        public (float Scale, float Minimum) Encode(int highest, bool weighted, Span<byte> scales, Span<byte> minima) => weighted
            ? (ScaleSearch.Weighted(Scales, Weights, highest, scales), ScaleSearch.Weighted(Minima, Weights, highest, minima))
            : (ScaleSearch.Plain(Scales, highest, scales), ScaleSearch.Plain(Minima, highest, minima));

        /// <summary>The codes of a group as the search left them; its scale is zero, so that they say nothing, but the bytes are those of ggml.</summary>
        public void CopyCodes(int group, Span<byte> destination)
        {
            int first = group / GroupLanes.Count * destination.Length;
            for (int i = 0; i < destination.Length; i++)
                destination[i] = (byte)_codes[first + i][group % GroupLanes.Count];
        }

        private void Keep(int run, Vector256<float> scale, ReadOnlySpan<Vector256<float>> weights)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            foreach (Vector256<float> weight in weights)
                sum += weight;
            scale.CopyTo(Scales[(run * GroupLanes.Count)..]);
            sum.CopyTo(Weights[(run * GroupLanes.Count)..]);
        }
    }
}
