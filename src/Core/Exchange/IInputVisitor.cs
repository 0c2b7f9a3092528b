namespace ActorStreams.Core.Exchange;

/// <summary>Learns of which type the rows of an input are.</summary>
/// <typeparam name="TResult">What it makes of that.</typeparam>
internal interface IInputVisitor<out TResult>
{
    /// <summary>The input has rows of type <typeparamref name="T"/>.</summary>
    TResult Visit<T>(InputPort<T> port);
}
