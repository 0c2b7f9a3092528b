using ActorStreams.Operators.Late;

namespace ActorStreams;

/// <summary>An operator that is being described and that refuses late rows: what becomes of these, said in the same words for every
/// operator.</summary>
/// <remarks>
/// Unless one of the two is said, late rows go to the job's dead letters. All of them are counted by the operator as <c>late_dropped</c>.
/// Which rows are late is the operator's to say; see its own documentation.
/// </remarks>
/// <typeparam name="TSelf">The operator that is being described.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public abstract class WithLateRows<TSelf, T>
    where TSelf : WithLateRows<TSelf, T>
{
    private protected WithLateRows(Pipeline pipeline, string name) => (Pipeline, Name) = (pipeline, name);

    private protected Pipeline Pipeline { get; }

    private protected string Name { get; }

    /// <summary>Late rows are gone.</summary>
    public TSelf DropLate() => With(LateRows<T>.Dropped);

    /// <summary>Late rows come out of <paramref name="late"/>, with their own event times.</summary>
    /// <param name="late">
    /// The rows; they can be read once the operator is completed by its last verb. The stream has the watermark of the operator's results
    /// and ends with them. So what was late is late for the next operator by event time too, unless that one waits longer: a window with
    /// more allowed lateness takes it. Operators that do not go by event time take it as any row.
    /// </param>
    public TSelf LateTo(out Stream<T> late) =>
        With(LateRows<T>.To(late = new Stream<T>(Pipeline,
            $"the late rows of '{Name}' can be read after its last verb (Aggregate, Select) was called.")));

    private protected abstract TSelf With(LateRows<T> late);
}
