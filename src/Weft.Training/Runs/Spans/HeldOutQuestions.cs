using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The questions that a run is judged by, in its folder and in the form of SQuAD, so that whoever answers and scores such files can do so.</summary>
public static class HeldOutQuestions
{
    /// <summary>Name of the file in the folder of a run.</summary>
    public const string FileName = "held-out.json";

    /// <summary>The file of a run.</summary>
    public static string FileOf(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Path.Combine(folder.Path, FileName);
    }

    /// <summary>The questions of a run.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static IReadOnlyList<ReadingQuestion> Read(RunFolder folder) => [.. SquadFiles.Read([FileOf(folder)])];

    /// <summary>Writes questions, those of one article and of one text together.</summary>
    internal static void Write(string path, IEnumerable<ReadingQuestion> questions) => SquadFiles.Write(path, questions
        .GroupBy(question => question.Article).SelectMany(article => article.GroupBy(question => question.Context)).SelectMany(text => text));
}
