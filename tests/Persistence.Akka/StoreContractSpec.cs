using ActorStreams.TestKit;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>State in a journal plugin keeps the contract of every store.</summary>
/// <param name="newSite">Makes an empty place.</param>
/// <param name="reopens">Whether to open the store again before every step.</param>
public abstract class StoreContractSpec(Func<AkkaSite> newSite, bool reopens)
{
    public static TheoryData<string> Requirements => [.. StoreContract.Requirements];

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task The_store_keeps(string requirement) => new StoreContract(newSite, reopens).HoldsAsync(requirement);
}

public sealed class InMemoryContractSpec() : StoreContractSpec(() => new InMemorySite(), reopens: false);

public sealed class SqliteContractSpec() : StoreContractSpec(() => new SqliteSite(), reopens: false);

public sealed class SqliteReopenedContractSpec() : StoreContractSpec(() => new SqliteSite(), reopens: true);

[Collection("PostgreSQL")]
public sealed class PostgreSqlContractSpec() : StoreContractSpec(() => new PostgreSqlSite(), reopens: false);
