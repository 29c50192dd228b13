namespace Weft.Model.Architectures;

/// <summary>RoBERTa (Liu et al. 2019, arXiv:1907.11692).</summary>
public sealed class Roberta : RobertaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "roberta";

    /// <inheritdoc/>
    public override string ClassPrefix => "Roberta";
}
