using ActorStreams.TestKit;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>State in a journal plugin keeps the contract of every store.</summary>
/// <param name="newSite">Makes an empty place.</param>
/// <param name="reopens">Whether to open the store again before every step.</param>
public abstract class StoreContractSpec(Func<AkkaSite> newSite, bool reopens)
{
    /// <summary>Set, every journal is held to the whole contract; else those that are databases to what the journal has a part
    /// in.</summary>
    private const string Whole = "ACTORSTREAMS_AKKA_CONTRACT";

    /// <summary>Requirements that are kept by the journal together with the row of the epoch. Tables and topics are the other store's
    /// alone, which is held to them by its own tests.</summary>
    private static readonly string[] s_ofJournals =
    [
        "What was committed is read back",
        "An empty epoch is an epoch",
        "An empty payload is a payload",
        "The memory of a commit is not needed once it has succeeded",
        "Parts come in order and large blobs come whole",
        "A snapshot replaces the events before it for its shard",
        "State is read as of any retained epoch",
        "Only the shards and the operator asked for are read",
        "Jobs of one store do not see each other",
        "The same commit again does nothing",
        "The same epoch with other content is a bug",
        "A gap between epochs is a bug",
        "An old writer commits nothing at any interleaving",
        "Writers racing for a job leave one history without gaps",
        "Only retained epochs are listed and the newest is always",
        "A job goes on from the epoch it was rewound to",
        "A buffer may be reused after the commit",
        "Names may hold any text",
        "A cancelled commit writes nothing",
    ];

    /// <summary>Of thousands of writes, which on SQLite wait for each other half a minute long. <c>Dropping what is not needed never
    /// touches what is</c> has as many deletions besides: it is held in memory only.</summary>
    private const string ManyWrites = "A reader sees committed epochs only and each at once";

    public static TheoryData<string> Requirements => [.. StoreContract.Requirements];

    public static TheoryData<string> OfSqlite => IsWhole ? Requirements : [.. s_ofJournals];

    public static TheoryData<string> OfPostgreSql => IsWhole ? Requirements : [.. s_ofJournals, ManyWrites];

    private static bool IsWhole => Environment.GetEnvironmentVariable(Whole) is { Length: > 0 };

    protected Task HoldsAsync(string requirement) => new StoreContract(newSite, reopens).HoldsAsync(requirement);
}

public sealed class InMemoryContractSpec() : StoreContractSpec(() => new InMemorySite(), reopens: false)
{
    [Theory]
    [MemberData(nameof(Requirements))]
    public Task The_store_keeps(string requirement) => HoldsAsync(requirement);
}

public sealed class SqliteContractSpec() : StoreContractSpec(() => new SqliteSite(), reopens: false)
{
    [Theory]
    [MemberData(nameof(OfSqlite))]
    public Task The_store_keeps(string requirement) => HoldsAsync(requirement);
}

public sealed class SqliteReopenedContractSpec() : StoreContractSpec(() => new SqliteSite(), reopens: true)
{
    [Theory]
    [MemberData(nameof(OfSqlite))]
    public Task The_store_keeps(string requirement) => HoldsAsync(requirement);
}

[Collection("PostgreSQL")]
public sealed class PostgreSqlContractSpec() : StoreContractSpec(() => new PostgreSqlSite(), reopens: false)
{
    [Theory]
    [MemberData(nameof(OfPostgreSql))]
    public Task The_store_keeps(string requirement) => HoldsAsync(requirement);
}
