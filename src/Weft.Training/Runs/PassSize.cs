namespace Weft.Training.Runs;

/// <summary>How much of a batch is computed at a time where a recipe does not say it.</summary>
public static class PassSize
{
    /// <summary>Rows enough for matrix products to be at their best.</summary>
    private const int Tokens = 1024;

    /// <summary>Numbers on the lines between blocks, tokens · layers · width, below which starting each operator once more costs more time than less memory saves (docs/LOG.md).</summary>
    private const int Numbers = 2_500_000;

    /// <summary>The gradient of a table of V entries is added up once a pass, which costs the more the larger it is beside the pass.</summary>
    private const int EntriesOfToken = 16;

    /// <summary>Windows of a pass on the processor; the passes of a batch are alike, as far as it can be divided.</summary>
    /// <param name="batch">Windows of a step.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="model">Layers times width, and entries.</param>
    public static int Windows(int batch, int context, (int LayersByWidth, int Vocabulary) model)
    {
        int tokens = Math.Max(Math.Max(Tokens, model.Vocabulary / EntriesOfToken), Numbers / model.LayersByWidth);
        int most = Math.Clamp(tokens / context, 1, batch), passes = (batch + most - 1) / most;
        return (batch + passes - 1) / passes;
    }

    /// <summary>Windows of a pass, and why so many, of a recipe whose batch is known.</summary>
    internal static (int Windows, string Reason) Of(Recipe recipe)
    {
        (int batch, TokenizerRecipe tokenizer) = (recipe.Training.Batch!.Value, recipe.Tokenizer);
        // What balances a router's experts is a mean over a pass, and a tokenizer that is given says how many entries it has when it is read.
        if (DeviceRecipe.Of(recipe).IsCuda || recipe.Training.Objective is { LoadBalance: > 0 } or { RouterZLoss: > 0 } || tokenizer.File is not null || recipe.Training.InitFrom is not null)
            return (batch, "the whole batch at once");
        int layersByWidth = Math.Max(1, recipe.Model.Layers!.Value * recipe.Model.Width!.Value);
        int windows = Windows(batch, recipe.Model.Context, (layersByWidth, tokenizer.Kind != TokenizerKind.Characters ? tokenizer.Vocabulary : 0));
        return (windows, windows == batch ? "the whole batch at once" : "fewer at a time need less memory and no more time");
    }
}
