using System.Text.Json;
using Weft.Training;
using Weft.Training.Objectives;

namespace Weft.Cli.Train;

/// <summary>How well labels were predicted, as properties of a JSON object.</summary>
internal static class LabelJson
{
    /// <summary>Writes accuracy, F1 and each label's scores, of words those of entities too; the mean absolute error of numbers, or how many windows have both ends of their answer right.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="prefix">Of the names of the sums.</param>
    /// <param name="scores">The scores.</param>
    /// <param name="names">Of the labels.</param>
    public static void Write(Utf8JsonWriter json, string prefix, LabelScores scores, IReadOnlyList<string> names)
    {
        if (scores.Kind == LabelKind.Number)
        {
            Number($"{prefix}mean_absolute_error", scores.MeanAbsoluteError);
            return;
        }
        if (scores.Kind == LabelKind.Span)
        {
            Number($"{prefix}span_accuracy", scores.Accuracy);
            return;
        }
        Number($"{prefix}accuracy", scores.Accuracy);
        if (scores.Entities is { } entities)
        {
            Number($"{prefix}entity_precision", entities.Precision);
            Number($"{prefix}entity_recall", entities.Recall);
            Number($"{prefix}entity_f1", entities.F1);
        }
        Number($"{prefix}macro_f1", scores.MacroF1);
        Number($"{prefix}micro_f1", scores.MicroF1);
        json.WriteStartArray("labels");
        for (int label = 0; label < scores.Count; label++)
        {
            json.WriteStartObject();
            json.WriteString("label", names[label]);
            Number("precision", scores.Precision(label));
            Number("recall", scores.Recall(label));
            Number("f1", scores.F1(label));
            json.WriteNumber("support", scores.Support(label));
            json.WriteEndObject();
        }
        json.WriteEndArray();

        void Number(string name, double value)
        {
            if (double.IsFinite(value))
                json.WriteNumber(name, value);
            else
                json.WriteNull(name);
        }
    }
}
