namespace ActorStreams.Cluster.Ingresses;

/// <summary>To a node: does it read this source in this attempt?</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Source">The source.</param>
/// <param name="Ingress">The ingress of the node that asks.</param>
internal sealed record IngressHello(long Attempt, string Source, string Ingress);

/// <summary>From the node that reads it.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Source">The source.</param>
/// <param name="Committed">Up to which offset what was read of the asker's ingress before is committed; null: nothing is.</param>
internal sealed record IngressRead(long Attempt, string Source, long? Committed);

/// <summary>To the node that reads it: a row that was told elsewhere.</summary>
/// <param name="Source">The source.</param>
/// <param name="Number">The sender's number of it, one after the other.</param>
/// <param name="IsUrgent">Whether an epoch is asked for.</param>
/// <param name="Row">The row, by its codec.</param>
internal sealed record IngressGiven(string Source, long Number, bool IsUrgent, byte[] Row);

/// <summary>From that node: the row is durable, or was refused.</summary>
/// <param name="Source">The source.</param>
/// <param name="Number">The sender's number.</param>
/// <param name="Refusal">Why it was refused; empty: it is durable.</param>
internal sealed record IngressEnded(string Source, long Number, string Refusal);

/// <summary>To that node: these rows have waited for long. What has become of them?</summary>
internal sealed record IngressWaiting(string Source, IReadOnlyList<long> Numbers);

/// <summary>From that node: this row, and those behind it, have not come.</summary>
internal sealed record IngressMissing(string Source, long Number);
