using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>
/// Where order comes from. A closed set: None, Learned and Sinusoidal in the embedding; None, Rotary, Alibi, Buckets and Shaw in
/// attention.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(None), "none")]
[JsonDerivedType(typeof(Learned), "learned")]
[JsonDerivedType(typeof(Sinusoidal), "sinusoidal")]
[JsonDerivedType(typeof(Rotary), "rotary")]
[JsonDerivedType(typeof(Alibi), "alibi")]
[JsonDerivedType(typeof(Buckets), "buckets")]
[JsonDerivedType(typeof(Shaw), "shaw")]
public abstract record PositionSpec
{
    private PositionSpec()
    {
    }

    /// <summary>No positions in this place.</summary>
    public sealed record None : PositionSpec;

    /// <summary>A trained vector for each absolute position, added to the token embedding.</summary>
    /// <param name="Count">Positions.</param>
    public sealed record Learned(int Count) : PositionSpec
    {
        /// <summary>Row of the first position: RoBERTa and BART have two rows before it that no position uses.</summary>
        public int Offset { get; init; }
    }

    /// <summary>Sines and cosines of each absolute position, added to the token embedding (Vaswani et al. 2017, arXiv:1706.03762, section 3.5).</summary>
    /// <param name="Layout">Which value has which frequency.</param>
    public sealed record Sinusoidal(SinusoidLayout Layout) : PositionSpec
    {
        /// <summary>What the first token's position is; 2 in M2M-100.</summary>
        public int Offset { get; init; }

        /// <summary>The vector of a token.</summary>
        /// <param name="index">Of the token in its sequence, from 0.</param>
        /// <param name="vector">Receives [D], D even.</param>
        public void Fill(int index, Span<float> vector)
        {
            int half = vector.Length / 2;
            double steps = Layout == SinusoidLayout.HalvesToTheEnd ? half - 1 : half;
            for (int i = 0; i < half; i++)
            {
                (double sine, double cosine) = Math.SinCos((index + Offset) * Math.Pow(10_000, -i / steps));
                (int sinePlace, int cosinePlace) = Layout == SinusoidLayout.Interleaved ? (2 * i, (2 * i) + 1) : (i, half + i);
                (vector[sinePlace], vector[cosinePlace]) = ((float)sine, (float)cosine);
            }
        }
    }

    /// <summary>Rotary embedding of queries and keys: pairs of values are turned by angles that grow with the position (Su et al. 2021, arXiv:2104.09864).</summary>
    /// <param name="Theta">Base of the geometric sequence of wavelengths.</param>
    public sealed record Rotary(double Theta) : PositionSpec
    {
        /// <summary>How the wavelengths are stretched for contexts longer than those of the first training.</summary>
        public RotaryScaling Scaling { get; init; } = new RotaryScaling.None();

        /// <summary>The first values of a head that are turned, an even number; null for all of them.</summary>
        public int? RotatedSize { get; init; }

        /// <summary>
        /// A pair are two neighbours, as in the paper and in GGUF's Llama; else value i of the first half and value i of the second, as in
        /// the Hugging Face checkpoints.
        /// </summary>
        public bool Interleaved { get; init; }

        /// <summary>Values of a head of <paramref name="headSize"/> that are turned.</summary>
        public int RotatedOf(int headSize) => RotatedSize ?? headSize;
    }

    /// <summary>Scores fall with the distance, for each head by a slope of its own (Press et al. 2021, arXiv:2108.12409).</summary>
    public sealed record Alibi : PositionSpec
    {
        /// <summary>The slopes of the heads, [H]: a geometric sequence for powers of two, else that of the next lower power and every other one of the next higher.</summary>
        public static double[] Slopes(int heads)
        {
            int power = 1 << System.Numerics.BitOperations.Log2((uint)heads);
            return [.. Enumerable.Range(1, heads).Select(h => h <= power
                ? Math.Pow(2, -8.0 * h / power)
                : Math.Pow(2, -4.0 * ((2 * (h - power)) - 1) / power))];
        }
    }

    /// <summary>
    /// A trained number for each head and each range of distances, shared by all blocks of a stack and added to the scores (Raffel et al.
    /// 2019, arXiv:1910.10683, section 2.1).
    /// </summary>
    /// <param name="Count">Ranges; half of them for keys after the query where attention looks both ways.</param>
    /// <param name="MaximumDistance">From here on all distances are one range.</param>
    public sealed record Buckets(int Count, int MaximumDistance) : PositionSpec
    {
        /// <summary>The range of a key, from 0.</summary>
        /// <param name="distance">Position of the key less that of the query.</param>
        /// <param name="bothWays">Attention looks both ways.</param>
        public int Of(int distance, bool bothWays)
        {
            int count = bothWays ? Count / 2 : Count;
            int first = bothWays && distance > 0 ? count : 0;
            int apart = bothWays ? Math.Abs(distance) : Math.Max(0, -distance);
            // Half of the ranges hold one distance each, the others grow logarithmically.
            int exact = count / 2;
            if (apart < exact)
                return first + apart;
            // fp32 as where the tables were trained: at the edges of ranges a more exact logarithm would disagree.
            float share = MathF.Log((float)apart / exact) / (float)Math.Log((double)MaximumDistance / exact);
            return first + Math.Min(count - 1, exact + (int)(share * (count - exact)));
        }
    }

    /// <summary>
    /// A trained vector for each distance, added to the key and, if wanted, to the value (Shaw et al. 2018, arXiv:1803.02155); the same for all heads.
    /// </summary>
    /// <param name="MaximumDistance">Greater distances use its vector.</param>
    /// <param name="Values">Values have vectors too.</param>
    public sealed record Shaw(int MaximumDistance, bool Values) : PositionSpec
    {
        /// <summary>Rows of a table: distances from -k to k.</summary>
        [JsonIgnore]
        public int Rows => (2 * MaximumDistance) + 1;

        /// <summary>The row of a key.</summary>
        /// <param name="distance">Position of the key less that of the query.</param>
        public int Of(int distance) => Math.Clamp(distance, -MaximumDistance, MaximumDistance) + MaximumDistance;
    }
}

/// <summary>Which value of a sinusoidal vector has which frequency.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<SinusoidLayout>))]
public enum SinusoidLayout
{
    /// <summary>Sine and cosine of a frequency are neighbours; the last frequency is one step above 1/10,000, as in the paper.</summary>
    Interleaved,

    /// <summary>First all sines, then all cosines, as in Marian.</summary>
    Halves,

    /// <summary>First all sines, then all cosines; the last frequency is 1/10,000 itself, as in M2M-100 and Tensor2Tensor.</summary>
    HalvesToTheEnd,
}
