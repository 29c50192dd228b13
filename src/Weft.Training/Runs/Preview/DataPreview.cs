using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;

namespace Weft.Training.Runs;

/// <summary>The first rows that a recipe's run will train on, read back from its batches.</summary>
/// <param name="Recipe">The recipe with every value that can be derived without measuring.</param>
/// <param name="Rows">The rows, in the order in which the run takes them.</param>
public sealed record DataPreview(Recipe Recipe, IReadOnlyList<PreviewRow> Rows)
{
    /// <summary>Reads a recipe's data as a run does, tokenizer included, and draws its first batches. Nothing is kept.</summary>
    /// <param name="recipe">Any recipe that trains.</param>
    /// <param name="rows">How many.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The recipe or its data cannot be used.</exception>
    /// <exception cref="FileNotFoundException">A file that it names is missing.</exception>
    public static DataPreview Of(Recipe recipe, int rows, IRunObserver observer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("weft-preview-");
        try
        {
            var folder = new RunFolder(temporary.FullName);
            var ready = Preparation.Of(recipe, folder, (title, detail) => observer.Stage(title, detail), (observer, cancellation));
            ModelSpec spec = ready.Spec;
            using TrainingData data = TrainingData.Open(ready.Recipe, folder, InitialModel.PlanOf(ready.Recipe, ready.Initial), ready.Tokens, spec.VocabularySize);
            Tokenizer targets = spec.HasSource ? ready.Given?.Target ?? ready.Tokenizer : ready.Tokenizer;
            var reader = new PreviewReader(spec.Head, ready.Recipe.Task, ready.Tokenizer, targets);
            List<PreviewRow> read = [];
            while (read.Count < rows)
            {
                cancellation.ThrowIfCancellationRequested();
                TrainingBatch batch = data.Batches.DrawTaught();
                for (int row = 0; row < batch.Rows && read.Count < rows; row++)
                    read.Add(reader.Read(batch, row));
            }
            return new(ready.Recipe, read);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }
}
