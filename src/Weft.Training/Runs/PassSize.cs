namespace Weft.Training.Runs;

/// <summary>How much of a batch is computed at a time where a recipe does not say it.</summary>
public static class PassSize
{
    /// <summary>Rows enough for matrix products to be at their best, and what blocks keep for the backward pass is small still (docs/LOG.md has what was measured).</summary>
    private const int Tokens = 1024;

    /// <summary>The gradient of a table of V entries is added up once a pass, which costs the more the larger it is beside the pass.</summary>
    private const int EntriesOfToken = 16;

    /// <summary>Windows of a pass on the processor; the passes of a batch are alike, as far as it can be divided.</summary>
    /// <param name="batch">Windows of a step.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="vocabulary">Entries.</param>
    public static int Windows(int batch, int context, int vocabulary)
    {
        int most = Math.Clamp(Math.Max(Tokens, vocabulary / EntriesOfToken) / context, 1, batch), passes = (batch + most - 1) / most;
        return (batch + passes - 1) / passes;
    }

    /// <summary>Windows of a pass, and why so many, of a recipe whose batch is known.</summary>
    internal static (int Windows, string Reason) Of(Recipe recipe)
    {
        (int batch, TokenizerRecipe tokenizer) = (recipe.Training.Batch!.Value, recipe.Tokenizer);
        // What balances a router's experts is a mean over a pass, and a tokenizer that is given says how many entries it has when it is read.
        if (DeviceRecipe.Of(recipe).IsCuda || recipe.Training.Objective is { LoadBalance: > 0 } or { RouterZLoss: > 0 } || tokenizer.File is not null || recipe.Training.InitFrom is not null)
            return (batch, "the whole batch at once");
        int windows = Windows(batch, recipe.Model.Context, tokenizer.Kind == TokenizerKind.ByteBpe ? tokenizer.Vocabulary : 0);
        return (windows, windows == batch ? "the whole batch at once" : $"some {Tokens} tokens at a time need less memory and no more time");
    }
}
