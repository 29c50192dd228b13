using System.CommandLine;
using Weft.Tasks;

namespace Weft.Cli;

/// <summary>The model of a command that does a task, and how the engine computes with it.</summary>
internal sealed class ModelChoice
{
    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();

    /// <summary>Adds the argument before all others, and the options after all others.</summary>
    public void AddTo(DocumentedCommand command)
    {
        command.Arguments.Insert(0, _model);
        foreach (Option option in (Option[])[_adapter, _threads, _pin, _exact])
            command.Options.Add(option);
    }

    /// <summary>Opens the model.</summary>
    public LanguageModel Open(CommandContext context) =>
        WeftTool.OpenLanguageModel(context, context.Get(_model), context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact)));
}
