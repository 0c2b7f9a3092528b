namespace ActorStreams;

/// <summary>A partial match of a key, as a question about the key shows it: <c>job.Entity&lt;TKey,
/// IReadOnlyList&lt;MatchProgress&lt;T&gt;&gt;&gt;(name, key).AskAsync()</c>.</summary>
/// <param name="Stage">The last stage that has taken a row.</param>
/// <param name="WaitsFor">The stage whose row is waited for.</param>
/// <param name="Start">The event time of its first row.</param>
/// <param name="Rows">Its rows, in order.</param>
/// <typeparam name="T">The row.</typeparam>
public sealed record MatchProgress<T>(string Stage, string WaitsFor, DateTimeOffset Start, IReadOnlyList<T> Rows);
