namespace Weft.Evaluation.Harness.Tasks;

/// <summary>All tasks and groups by name. A new task is a row in one of the lists that make it up.</summary>
public static class TaskCatalog
{
    /// <summary>All tasks.</summary>
    public static IReadOnlyList<EvaluationTask> Tasks { get; } = [.. ReasoningTasks.All, .. TextTasks.All, .. BiasTasks.All, .. MmluTasks.All, .. CodeTasks.All];

    /// <summary>All groups; members stand before those that hold them.</summary>
    public static IReadOnlyList<TaskGroup> Groups { get; } =
    [
        new("ai2_arc", ["arc_easy", "arc_challenge"]),
        new("winobias", ["winobias_type1", "winobias_type2"]),
        .. MmluTasks.Groups,
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => [.. Groups.Select(group => group.Name), .. Tasks.Select(task => task.Name)];

    /// <summary>The task of a name; null where it names none.</summary>
    public static EvaluationTask? FindTask(string name) => Tasks.FirstOrDefault(task => task.Name == name);

    /// <summary>The group of a name; null where it names none.</summary>
    public static TaskGroup? FindGroup(string name) => Groups.FirstOrDefault(group => group.Name == name);

    /// <summary>The tasks of a group and of the groups in it.</summary>
    public static IEnumerable<EvaluationTask> TasksOf(TaskGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.Members.SelectMany(member => FindGroup(member) is { } inner ? TasksOf(inner) : [FindTask(member)!]);
    }

    /// <summary>The group and the groups in it, inner ones first.</summary>
    internal static IEnumerable<TaskGroup> GroupsOf(TaskGroup group) => group.Members.Select(FindGroup).OfType<TaskGroup>().SelectMany(GroupsOf).Append(group);
}
