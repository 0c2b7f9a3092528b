using ActorStreams;

namespace Readings;

/// <summary>How the example runs.</summary>
/// <param name="Connection">Leads to the database that holds the jobs.</param>
/// <param name="Rows">How many readings.</param>
/// <param name="Rate">How many a second.</param>
/// <param name="Nodes">How many processes.</param>
/// <param name="Parallelism">Instances of each stage.</param>
/// <param name="Profile">How soon a node is given up.</param>
/// <param name="Lease">Which side of a divided cluster lives is decided by a lease in the database.</param>
/// <param name="Akka">State is kept by Akka.Persistence.Sql instead of the store itself.</param>
/// <param name="Plain">Lines of text instead of a live view.</param>
/// <param name="Faults">What is done to the nodes meanwhile; null: nothing.</param>
internal sealed record RunSettings(string Connection, long Rows, int Rate, int Nodes, int Parallelism, ClusterProfile Profile, bool Lease,
    bool Akka, bool Plain, FaultPlan? Faults);
