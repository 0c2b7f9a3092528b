namespace ActorStreams.Operators.Patterns.Compilation;

/// <summary>What stored runs mean: the stages and states of the pattern that wrote them, one a line.</summary>
internal static class PatternSchema
{
    private const string StageMark = "stage ";
    private const string StateMark = "state ";

    public static string Of<T>(Automaton<T> automaton) => string.Join('\n',
        [.. automaton.StageKinds.Select(kind => StageMark + kind), .. automaton.States.Select(state => StateMark + state.Name)]);

    /// <summary>The present number of each stage and state that was written; -1 for a state that is gone.</summary>
    /// <exception cref="CodecException">The present pattern does not begin with the stages that were written.</exception>
    public static (int[] Stages, int[] States, string[] StateNames) Map<T>(string written, Automaton<T> automaton)
    {
        string[] lines = written.Split('\n');
        string[] stages = [.. lines.Where(line => line.StartsWith(StageMark, StringComparison.Ordinal))
            .Select(line => line[StageMark.Length..])];
        string[] states = [.. lines.Where(line => line.StartsWith(StateMark, StringComparison.Ordinal))
            .Select(line => line[StateMark.Length..])];
        for (int i = 0; i < stages.Length; i++)
        {
            if (i < automaton.StageKinds.Length && string.Equals(automaton.StageKinds[i], stages[i], StringComparison.Ordinal))
                continue;
            string present = i < automaton.StageKinds.Length ? $"is now '{automaton.StageKinds[i]}'" : "is gone";
            throw new CodecException($"The pattern has partial matches of another pattern: stage {i + 1}, '{stages[i]}', {present}. " +
                "Conditions and time bounds may change and stages may be appended; for anything else give the operator a new name, which starts it empty.");
        }

        return ([.. Enumerable.Range(0, stages.Length)],
            [.. states.Select(
            name => Array.FindIndex(automaton.States, state => string.Equals(state.Name, name, StringComparison.Ordinal)))], states);
    }

    public static string GoneState(string name) =>
        $"A partial match stands at '{name}', where no partial match of the present pattern can stand. Give the operator a new name, which starts it empty.";
}
