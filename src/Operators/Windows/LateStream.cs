using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Windows;

/// <summary>The late rows of an operator, with their own event times.</summary>
/// <remarks>
/// The stream has the watermark of the operator's results, and ends with them. So what was late is late for the next operator by event time too, unless that one
/// waits longer: a window with more allowed lateness takes it. Operators that do not go by event time take it as any row.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
public sealed class LateStream<T> : SideStream<T>
{
    internal LateStream(string name)
        : base($"The late rows of '{name}' can be read after its Aggregate was called.")
    {
    }
}
