using ActorStreams.Cluster.Leases;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using Akka.Actor;
using Akka.Configuration;
using Akka.Coordination;
using Npgsql;

namespace ActorStreams.Cluster.Tests.Leases;

/// <summary>The lease of <c>lease-majority</c>: a row of PostgreSQL that one side of a cluster gets.</summary>
public sealed class PostgreSqlLeaseSpec : IAsyncDisposable
{
    private const string Section = "actorstreams.cluster.lease";

    private readonly string _database = PostgreSqlServer.Shared.NewDatabase();
    private readonly ActorSystem _system;
    private readonly VirtualClock _clock = new();

    public PostgreSqlLeaseSpec() => _system = Start($"connection-string = \"{_database}\"");

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Fact]
    public async Task One_of_two_gets_it_and_the_other_when_it_is_given_back()
    {
        PostgreSqlLease one = LeaseOf("one"), other = LeaseOf("other");
        bool[] taken = await Task.WhenAll(one.Acquire(), other.Acquire());
        Assert.Single(taken, true);
        Assert.Equal((taken[0], taken[1]), (one.CheckLease(), other.CheckLease()));
        (PostgreSqlLease holder, PostgreSqlLease waiting) = taken[0] ? (one, other) : (other, one);
        Assert.True(await holder.Acquire());            // again: it is its own
        Assert.True(await waiting.Release());           // gives nothing back
        Assert.False(await waiting.Acquire());

        Assert.True(await holder.Release());
        Assert.False(holder.CheckLease());
        Assert.True(await waiting.Acquire());
        Assert.True(waiting.CheckLease());
    }

    [Fact]
    public async Task An_owner_that_was_silent_for_too_long_loses_it_to_who_asks_and_is_told()
    {
        PostgreSqlLease one = LeaseOf("one"), other = LeaseOf("other");
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await one.Acquire(lost.SetResult));
        await ExecuteAsync("UPDATE actorstreams_leases SET renewed_at = renewed_at - interval '29 s'");
        Assert.False(await other.Acquire());
        await ExecuteAsync("UPDATE actorstreams_leases SET renewed_at = renewed_at - interval '2 s'");
        Assert.True(await other.Acquire());

        _clock.Advance(TimeSpan.FromSeconds(3));         // a zombie's heartbeat
        Assert.Null(await lost.Task);
        Assert.False(one.CheckLease());
        Assert.True(other.CheckLease());
    }

    [Fact]
    public async Task While_the_database_is_away_it_is_held_for_the_time_that_others_wait()
    {
        PostgreSqlLease one = LeaseOf("one");
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await one.Acquire(lost.SetResult));
        await ExecuteAsync("ALTER TABLE actorstreams_leases RENAME TO away");
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.True(one.CheckLease());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(one.CheckLease());                 // whether or not it has been told yet
    }

    [Fact]
    public async Task Akka_makes_it_by_the_settings_alone()
    {
        Lease lease = LeaseProvider.Get(_system).GetLease("shop-akka-sbr", Section, "akka");
        Assert.True(await lease.Acquire());
        Assert.True(lease.CheckLease());
        Assert.True(await lease.Release());
    }

    [Theory]
    [InlineData("", "needs a database that all nodes reach")]
    [InlineData("connection-string = \"Host=localhost\", heartbeat-interval = 12s", "at least three times")]
    [InlineData("connection-string = \"Host=localhost\", table = \"a; drop table b\"", "small letters, digits and _")]
    [InlineData("connection-string = \"Port=many\"", "cannot be read")]
    public async Task Wrong_settings_are_refused(string settings, string expected)
    {
        ActorSystem system = Start(settings);
        try
        {
            Exception error = Assert.ThrowsAny<Exception>(
                () => LeaseProvider.Get(system).GetLease("sbr", Section, "me"));
            Assert.Contains(expected, (error.InnerException ?? error).Message, StringComparison.Ordinal);
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static ActorSystem Start(string settings) => ActorSystem.Create("leases", ConfigurationFactory.ParseString($$"""
        akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }
        actorstreams.cluster.lease { {{settings}} }
        """).WithFallback(ActorStreamsExtension.DefaultConfig()));

    private PostgreSqlLease LeaseOf(string owner) =>
        new(LeaseSettings.Create(_system.Settings.Config.GetConfig(Section), "shop-akka-sbr", owner), _system, _clock);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
