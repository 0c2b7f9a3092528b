using ActorStreams.TestKit;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>Nodes that write the journals of their shards keep what every store promises about nodes. With rows in PostgreSQL, too, where
/// the whole contract is asked for (<see cref="PostgreSqlContractSpec"/>).</summary>
public sealed class NodeContractSpec
{
    public static TheoryData<string> Requirements =>
    [
        "What nodes prepare is there once the epoch is committed and not before",
        "Prepared snapshots replace what was before",
        "Prepared rows for tables are written with the epoch",
        "A part that is prepared again replaces the first",
        "An epoch of which a part is missing is not committed",
        "What an overtaken node prepares is never committed",
        "An epoch that is committed again with the same parts is one epoch",
        "A job that nobody writes is not there for nodes",
    ];

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task Held_with_a_journal_in_memory(string requirement) =>
        new StoreContract(() => new NodesSite(), reopens: false).HoldsAsync(requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task Held_with_SQLite(string requirement) =>
        new StoreContract(() => new SqliteJournalSite(), reopens: false).HoldsAsync(requirement);

    [Fact]
    public async Task A_journal_that_other_nodes_do_not_see_takes_none()
    {
        await using var site = new InMemorySite();
        Assert.False(site.Open().TakesNodes);
    }
}
