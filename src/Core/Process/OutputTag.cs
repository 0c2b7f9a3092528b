namespace ActorStreams;

/// <summary>A further output of user code, by its name and the type of its rows: <c>context.Emit(tag, row)</c> puts a row out, and
/// <see cref="ProcessedStream{T}.SideOutput"/> reads them.</summary>
/// <remarks>Make it once, in a static field, and use it in both places. Tags of one operator are told apart by their names.</remarks>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Name">1 to 64 letters, digits, <c>-</c> and <c>_</c>: in plans the output is called by the operator's name and
/// this.</param>
public sealed record OutputTag<T>(string Name);
