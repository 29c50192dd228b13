using Weft.Inference;

namespace Weft.Tasks;

/// <summary>A model of an application and how its tasks are done, as <c>services.AddWeft(…)</c> configures it.</summary>
public sealed class WeftOptions
{
    /// <summary>Folder of a Hugging Face model, or a GGUF file.</summary>
    public string Path { get; set; } = "";

    /// <summary>How the engine uses the machine.</summary>
    public EngineOptions Engine { get; set; } = new();

    /// <summary>Of <see cref="ChatModel"/>.</summary>
    public ChatModelOptions Chat { get; set; } = new();

    /// <summary>Of <see cref="TextEmbedder"/>.</summary>
    public TextEmbeddingOptions Embedding { get; set; } = new();

    /// <summary>Of <see cref="TextClassifier"/> and <see cref="TokenClassifier"/>.</summary>
    public TextClassificationOptions Classification { get; set; } = new();

    /// <summary>Of <see cref="QuestionAnswerer"/>.</summary>
    public QuestionAnsweringOptions Answers { get; set; } = new();

    /// <summary>Of <see cref="Translator"/>.</summary>
    public TranslationOptions Translation { get; set; } = new();

    /// <summary>Of <see cref="Summarizer"/>.</summary>
    public RewritingOptions Summaries { get; set; } = new();

    /// <summary>Of <see cref="CodeCompleter"/>.</summary>
    public CodeCompletionOptions Code { get; set; } = new();
}
