namespace Weft.Model.Architectures;

/// <summary>XLM-RoBERTa (Conneau et al. 2019, arXiv:1911.02116): RoBERTa of a hundred languages, with the names of RoBERTa's weights.</summary>
public sealed class XlmRoberta : RobertaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "xlm-roberta";

    /// <inheritdoc/>
    public override string ClassPrefix => "XLMRoberta";
}
