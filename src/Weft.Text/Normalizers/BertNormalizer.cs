namespace Weft.Text.Normalizers;

/// <summary>
/// BERT's cleaning (Devlin et al. 2019): control characters go and white space becomes spaces, Chinese characters get spaces around
/// them, accents go, capitals become small. Each character can be treated by itself, for what canonical order moves is taken
/// away, except where a text holds a mark that stays and has a place in that order.
/// </summary>
internal sealed class BertNormalizer : ScalarNormalizer
{
    private readonly Normalizer[] _steps;

    private BertNormalizer(Normalizer[] steps, bool ordersMarks)
        : base(scalar => ordersMarks && IsOrdered(scalar) ? null : Apply(steps, char.ConvertFromUtf32(scalar))) => _steps = steps;

    /// <param name="clean">Control characters and white space.</param>
    /// <param name="spaceChinese">Spaces around Chinese characters.</param>
    /// <param name="stripAccents">Canonical decomposition without nonspacing marks.</param>
    /// <param name="lowercase">Small letters.</param>
    public static BertNormalizer Of(bool clean, bool spaceChinese, bool stripAccents, bool lowercase)
    {
        var steps = new List<Normalizer>();
        if (clean)
            steps.Add(new ScalarNormalizer(Clean));
        if (spaceChinese)
            steps.Add(new ScalarNormalizer(scalar => Is(scalar, CharacterClasses.Chinese) ? $" {char.ConvertFromUtf32(scalar)} " : char.ConvertFromUtf32(scalar)));
        if (stripAccents)
            steps.AddRange([new UnicodeNormalizer(compatible: false, compose: false), CharacterNormalizers.Without(CharacterClasses.NonSpacingMark)]);
        if (lowercase)
            steps.Add(CharacterNormalizers.Lowercase);
        return new BertNormalizer([.. steps], stripAccents);
    }

    public override void Normalize(in Piece piece, AlignedText output)
    {
        if (TryNormalize(piece, output))
            return;
        output.Begin(piece);
        output.Append(new NormalizerBuffers().Run(_steps, piece));
    }

    private static string Clean(int scalar) =>
        Is(scalar, CharacterClasses.Removed) ? "" : Is(scalar, CharacterClasses.Space) ? " " : char.ConvertFromUtf32(scalar);

    private static string Apply(Normalizer[] steps, string text) => new NormalizerBuffers().Run(steps, new Piece(text)).Text.ToString();

    // A mark that canonical order may move and that is not taken away.
    private static bool IsOrdered(int scalar) =>
        UnicodeTables.Instance.CombiningClass(scalar) != 0 && !Is(scalar, CharacterClasses.NonSpacingMark)
        || UnicodeTables.Instance.Decomposition(scalar, compatible: false) is int[] parts && parts.Any(IsOrdered);

    private static bool Is(int scalar, CharacterClasses classes) => (CharacterTables.Instance.ClassesOf(scalar) & classes) != 0;
}
