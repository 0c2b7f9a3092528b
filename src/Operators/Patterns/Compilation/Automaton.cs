using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Compilation;

/// <summary>What a transition does with the row.</summary>
internal enum Step : byte
{
    /// <summary>The row becomes part of the match.</summary>
    Take,

    /// <summary>The row is passed over.</summary>
    Ignore,
}

/// <summary>A transition.</summary>
/// <param name="Step">What becomes of the row.</param>
/// <param name="Target">The number of the state after it.</param>
/// <param name="Stage">The stage that takes the row.</param>
/// <param name="Test">When it is open.</param>
/// <param name="Gap">The row comes less than this after the row taken before it, in microseconds; 0: whenever.</param>
internal sealed record Edge<T>(Step Step, int Target, int Stage, Test<T> Test, long Gap)
{
    /// <summary>The groups whose present run through the row is part of, without having begun it; null: none has a bound.</summary>
    public GroupBound[]? Bounds { get; init; }

    /// <summary>The bounded groups that a run through begins with the row: a bit each.</summary>
    public byte Begins { get; init; }
}

/// <summary>Where a run can stand. Steps that take no row are worked into the edges already.</summary>
internal sealed class State<T>
{
    /// <summary>Unique; identifies the state in stored runs.</summary>
    public required string Name { get; init; }

    /// <summary>The stage whose row is waited for; -1 at the end.</summary>
    public required int Stage { get; init; }

    public required Edge<T>[] Edges { get; init; }

    /// <summary>A row that passes ends the run: what must not come has come. <see cref="Test{T}.Never"/> if nothing does.</summary>
    public required Test<T> Stop { get; init; }

    /// <summary>A run that comes here is a match at once, though it may go on.</summary>
    public required Test<T> IsMatch { get; init; }

    /// <summary>A run that comes here also waits in this state for the absence that makes it a match; -1: it does not.</summary>
    public required int Waiting { get; init; }

    /// <summary>Time makes a match of the run: nothing that must not come has come.</summary>
    public required bool IsPending { get; init; }

    /// <summary>A row that is not taken leaves the run as it is.</summary>
    public required bool Stays { get; init; }

    /// <summary>The run is over this long after its last row; 0: never.</summary>
    public required long Gap { get; init; }

    /// <summary>Of a pending state: what else makes a match of the run; null: nothing.</summary>
    public GroupBound[]? Bounds { get; init; }

    /// <summary>When a run is over does not follow from its last row alone.</summary>
    public bool LooksBack => Bounds is not null || Array.Exists(Edges, edge => edge.Bounds is not null);
}

/// <summary>A compiled pattern: nondeterministic, immutable, shared by all keys. The text form, the API and SQL's row patterns compile to
/// it.</summary>
/// <seealso href="https://dl.acm.org/doi/10.1145/1376616.1376634">Agrawal, Diao, Gyllstrom, Immerman: Efficient Pattern Matching over Event
/// Streams (NFA^b, SASE+).</seealso>
internal sealed class Automaton<T>
{
    /// <summary>The number of the state in which a match is complete.</summary>
    public const int Final = 0;

    public required State<T>[] States { get; init; }

    public required int Start { get; init; }

    /// <summary>By number, in the order in which they were written.</summary>
    public required string[] Stages { get; init; }

    /// <summary>What each stage is besides its condition: stored runs are only understood by a pattern that begins alike.</summary>
    public required string[] StageKinds { get; init; }

    public required int RowTests { get; init; }

    public required int RunTests { get; init; }

    /// <summary>Microseconds from the first row to the last, exclusive; 0: unbounded.</summary>
    public required long Within { get; init; }

    public required AfterMatch Skip { get; init; }

    public required int MaxRuns { get; init; }

    /// <summary>The same rows may be taken by the same stages in several ways: such runs, and such matches, are one.</summary>
    public required bool MayRepeat { get; init; }

    /// <summary>Every row that starts a match passes; null: any may.</summary>
    public required Func<T, bool>? StartFilter { get; init; }

    /// <summary>A row that passes none of these changes nothing, whatever the runs are; null: rows must be seen in their order.</summary>
    public required Func<T, bool>[]? RowFilters { get; init; }

    public int StageOf(string name) => Array.IndexOf(Stages, name);
}
