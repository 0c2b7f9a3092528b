namespace ActorStreams.Persistence.Tests;

public sealed class MemoryStoreTests() : StoreContract(new MemoryFixture(), reopens: false);

public sealed class SqliteStoreTests() : StoreContract(new SqliteFixture(), reopens: false);

public sealed class SqliteReopenedTests() : StoreContract(new SqliteFixture(), reopens: true);

[Collection("PostgreSQL")]
public sealed class PostgreSqlStoreTests() : StoreContract(new PostgreSqlFixture(), reopens: false);

[Collection("PostgreSQL")]
public sealed class PostgreSqlReopenedTests() : StoreContract(new PostgreSqlFixture(), reopens: true);
