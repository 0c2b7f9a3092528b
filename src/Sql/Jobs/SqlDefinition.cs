namespace ActorStreams.Sql.Jobs;

/// <summary>A definition of a job as it is stored, to be run again when the job is opened.</summary>
/// <param name="Name">The object.</param>
/// <param name="Statement">What made it, printed.</param>
/// <param name="Prefix">What the names of its operators begin with.</param>
/// <param name="Epoch">The epoch after which it was made: what is older was there before it.</param>
/// <param name="Order">Its place among all: those that it reads come before it.</param>
internal sealed record SqlDefinition(string Name, string Statement, string Prefix, long Epoch, int Order);
