using ActorStreams.TestKit;

namespace ActorStreams.Persistence.Tests;

/// <summary>Every store is held to the contract that the TestKit brings for stores of one's own.</summary>
/// <param name="newFixture">Makes an empty place for a store.</param>
/// <param name="reopens">Whether to close and open the store again before every step.</param>
public abstract class StoreTests(Func<StoreFixture> newFixture, bool reopens)
{
    public static TheoryData<string> Requirements => [.. StoreContract.Requirements];

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task The_store_keeps(string requirement) => new StoreContract(newFixture, reopens).HoldsAsync(requirement);
}

public sealed class MemoryStoreTests() : StoreTests(() => new MemoryFixture(), reopens: false);

public sealed class SqliteStoreTests() : StoreTests(() => new SqliteFixture(), reopens: false);

public sealed class SqliteReopenedTests() : StoreTests(() => new SqliteFixture(), reopens: true);

[Collection("PostgreSQL")]
public sealed class PostgreSqlStoreTests() : StoreTests(() => new PostgreSqlFixture(), reopens: false);

[Collection("PostgreSQL")]
public sealed class PostgreSqlReopenedTests() : StoreTests(() => new PostgreSqlFixture(), reopens: true);
