using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>A rule in force, in one region.</summary>
/// <param name="Number">Its place in the region; given to another rule once this one is gone.</param>
/// <param name="Id">The user's name for it.</param>
/// <param name="Version">Of the change that made it what it is.</param>
/// <param name="Compiled">What it looks for.</param>
/// <param name="Matcher">Runs it over partial matches.</param>
internal sealed record Rule<T>(int Number, string Id, long Version, CompiledRule<T> Compiled, Matcher<T> Matcher)
{
    public Automaton<T> Automaton => Compiled.Automaton;

    public List<CoverPart<T>>? StartCover => Compiled.StartCover;

    public List<CoverPart<T>>? RowCover => Compiled.RowCover;

    /// <summary>Its partial matches are shown every row of their keys.</summary>
    public bool SeesEveryRow => RowCover is null;

    public override string ToString() => $"Rule '{Id}', version {Version}";
}

/// <summary>A rule's pattern, and which rows it wants to see.</summary>
/// <param name="Automaton">The pattern.</param>
/// <param name="StartCover">Which rows may begin a match; null: any.</param>
/// <param name="RowCover">Which rows may change a partial match; null: any.</param>
internal sealed record CompiledRule<T>(Automaton<T> Automaton, List<CoverPart<T>>? StartCover, List<CoverPart<T>>? RowCover)
{
    public static CompiledRule<T> Of(Pattern<T> pattern)
    {
        Automaton<T> automaton = PatternCompiler<T>.Compile(pattern.Shape);
        Element<T>[] elements = pattern.Shape.Elements;
        return new(automaton, ConditionCover<T>.OfStart(elements), IsUntouchedByOthers(automaton) ? ConditionCover<T>.OfAll(elements)
            : null);
    }

    /// <summary>Whether a row that no stage takes or forbids leaves partial matches as they are.</summary>
    private static bool IsUntouchedByOthers(Automaton<T> automaton)
    {
        for (int number = 0; number < automaton.States.Length; number++)
        {
            State<T> state = automaton.States[number];
            if (!state.Stays && number != automaton.Start && number != Automaton<T>.Final)
                return false;
            if (Array.Exists(state.Edges, edge => edge.Step == Step.Ignore && edge.Target == Automaton<T>.Final))
                return false;
        }

        return true;
    }
}

/// <summary>How the partial matches of one pattern are those of another, which begins with the same stages.</summary>
internal static class RuleUpgrade
{
    /// <param name="stages">What the stages of the older pattern are.</param>
    /// <param name="states">The names of its states, by number.</param>
    /// <param name="automaton">The newer pattern.</param>
    /// <param name="numbers">The new number of each state; -1 for one that is gone.</param>
    /// <returns>Why partial matches would be lost; null if none are.</returns>
    public static string? Of<T>(string[] stages, string[] states, Automaton<T> automaton, out int[]? numbers)
    {
        numbers = null;
        for (int i = 0; i < stages.Length; i++)
        {
            if (i >= automaton.StageKinds.Length)
                return $"stage {i + 1}, '{stages[i]}', is gone";
            if (!string.Equals(automaton.StageKinds[i], stages[i], StringComparison.Ordinal))
                return $"stage {i + 1}, '{stages[i]}', is now '{automaton.StageKinds[i]}'";
        }

        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < automaton.States.Length; i++)
            byName.TryAdd(automaton.States[i].Name, i);
        numbers = [.. states.Select(name => byName.GetValueOrDefault(name, -1))];
        int gone = Array.IndexOf(numbers, -1);
        return gone < 0 ? null : $"partial matches at '{states[gone]}' have no place in it";
    }
}
