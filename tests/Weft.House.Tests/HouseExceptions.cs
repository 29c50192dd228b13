namespace Weft.House.Tests;

/// <summary>What breaks a house rule: the thing that does, and how.</summary>
internal sealed record Violation(string Subject, string Message)
{
    public override string ToString() => $"{Subject}: {Message}";
}

/// <summary>
/// The one list of permitted exceptions. An entry names the rule (the constants below), the subject exactly as the test reports
/// it, and the reason. An entry that excuses nothing any more fails too, so the list cannot rot.
/// </summary>
internal static class HouseExceptions
{
    public const string FileLength = "file length";
    public const string FunctionLength = "function length";
    public const string ConstructorParameters = "constructor parameters";
    public const string TypeName = "type name";
    public const string MachinePath = "machine path";
    public const string Unfinished = "unfinished";

    public static readonly (string Rule, string Subject, string Reason)[] All = [];

    /// <summary>Fails unless every violation is excused and every excuse is needed.</summary>
    public static void Check(string rule, IEnumerable<Violation> violations)
    {
        Violation[] found = [.. violations];
        HashSet<string> excused = [.. All.Where(exception => exception.Rule == rule).Select(exception => exception.Subject)];
        string[] problems =
        [
            .. found.Where(violation => !excused.Contains(violation.Subject)).Select(violation => violation.ToString()),
            .. excused.Except(found.Select(violation => violation.Subject))
                .Select(subject => $"{subject}: excused in {nameof(HouseExceptions)}, but nothing is wrong any more; remove the entry"),
        ];
        Assert.True(problems.Length == 0, $"{rule}: {problems.Length} problem(s)\n{string.Join('\n', problems)}");
    }
}
