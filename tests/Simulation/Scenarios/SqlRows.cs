using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>A payment as SQL reads it.</summary>
internal sealed record SqlPayment(int Id, string Account, DateTimeOffset At, long Amount);

/// <summary>What queries of the scenarios give: an id, and what is said of it.</summary>
internal sealed record SqlSaid(long Id, string? Said);

/// <summary>Queries over payments.</summary>
internal static class SqlRows
{
    private const int MostRows = 50;

    /// <summary>The rows of a source, a partition after the other: fewer than of other scenarios, as there are more operators.</summary>
    public static IReadOnlyList<Payment> Payments(ulong seed, string source, bool areKeysPrivate = false) =>
        [.. Partitions(SimulationRandom.For(seed, source), areKeysPrivate).SelectMany(rows => rows)];

    /// <summary>A source of payments, none of which is late.</summary>
    public static Stream<SqlPayment> Read(Pipeline pipeline, SimulatedWorld world, string source, bool areKeysPrivate = false) => pipeline
        .Read(source, world.Source(source, random => Partitions(random, areKeysPrivate)))
        .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
        .Map(payment => new SqlPayment(payment.Id, payment.Account, EventTime.ToDateTimeOffset(payment.Time), payment.Amount));

    /// <summary>Writes what is left of a query's changes into a table of its name.</summary>
    public static void Settle(this SqlQuery query, string name, SimulatedWorld world) =>
        query.ToChanges<SqlSaid>().Settle(name, world, row => $"{row.Id} {row.Said}");

    private static IReadOnlyList<IReadOnlyList<Payment>> Partitions(SimulationRandom random, bool areKeysPrivate) =>
        [.. Payment.Partitions(random, areKeysPrivate).Select(rows => (IReadOnlyList<Payment>)[.. rows.Take(MostRows)])];
}
