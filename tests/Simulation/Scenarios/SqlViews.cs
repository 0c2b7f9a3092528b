using ActorStreams.Operators.Tables;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Queries of SQL that show every change: they settle to what the same queries give over all rows.</summary>
public sealed class SqlViews : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<SqlPayment> payments = SqlRows.Read(pipeline, world, "payments", areKeysPrivate: true);
        Stream<SqlPayment> others = SqlRows.Read(pipeline, world, "others", areKeysPrivate: true);
        Table<string, SqlPayment> last = others.KeyBy(row => row.Account).ToTable("last");
        Stream<Change<SqlPayment>> prices = last.Changes().Map(change => new Change<SqlPayment>(change.Row.Value, change.Weight));

        Query("except", "SELECT amount % 7 AS id, '' AS said FROM payments EXCEPT ALL SELECT amount % 7, '' FROM others");
        Query("marked", """
            SELECT id, CASE amount % 50 IN (SELECT nullif(amount % 60, 0) FROM others) WHEN true THEN 'yes' WHEN false THEN 'no' END AS said
            FROM payments
            """);
        Query("nearest", """
            SELECT p.id, o.id::text AS said FROM payments AS p ASOF LEFT JOIN others AS o
            ON p.account = o.account AND p.amount * 1000 >= o.amount * 1000 + o.id
            """);
        Query("over", """
            SELECT id, (sum(amount) OVER (PARTITION BY account ORDER BY at, id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW))::text AS said
            FROM payments
            """);
        Query("top", """
            SELECT id, account AS said FROM (SELECT *, row_number() OVER (PARTITION BY account ORDER BY amount DESC, id) AS n
            FROM payments) AS ranked WHERE n <= 3
            """);
        // Which price a payment meets depends on the run; that it comes out once does not.
        Query("arrived", """
            SELECT p.id, p.account AS said FROM payments AS p LEFT JOIN prices FOR SYSTEM_TIME AS OF PROCTIME() AS o
            ON p.account = o.account
            """);
        pipeline.Sql("kept", "SELECT account, count(*) AS n FROM payments GROUP BY account", from => from.Stream("payments", payments))
            .ToChanges<SqlCount>().Keep("kept-rows");

        void Query(string name, string text) => pipeline.Sql(name, text, from => from
                .Stream("payments", payments, nameof(SqlPayment.At))
                .Stream("others", others, nameof(SqlPayment.At))
                .Changes("prices", prices, null, nameof(SqlPayment.Account)))
            .Settle(name, world);
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        IReadOnlyList<Payment> payments = SqlRows.Payments(seed, "payments", areKeysPrivate: true);
        IReadOnlyList<Payment> others = SqlRows.Payments(seed, "others", areKeysPrivate: true);
        for (int rest = 0; rest < 7; rest++)
        {
            int left = payments.Count(row => row.Amount % 7 == rest) - others.Count(row => row.Amount % 7 == rest);
            if (left > 0)
                yield return left == 1 ? $"except: {rest} " : $"except: {rest} , {left} times";
        }

        foreach (Payment payment in payments)
        {
            bool isIn = others.Any(row => row.Amount % 60 != 0 && row.Amount % 60 == payment.Amount % 50);
            yield return $"marked: {payment.Id} {(isIn ? "yes" : others.Any(row => row.Amount % 60 == 0) ? "" : "no")}";
            Payment[] near = [.. others.Where(row => row.Account == payment.Account
                && (payment.Amount * 1000) >= (row.Amount * 1000) + row.Id).OrderByDescending(row => (row.Amount * 1000) + row.Id)];
            yield return $"nearest: {payment.Id} {(near.Length == 0 ? null : near[0].Id)}";
            yield return $"arrived: {payment.Id} {payment.Account}";
        }

        foreach (var account in payments.GroupBy(row => row.Account))
        {
            Payment[] ordered = [.. account.OrderBy(row => row.Time).ThenBy(row => row.Id)];
            for (int at = 0; at < ordered.Length; at++)
                yield return $"over: {ordered[at].Id} {ordered[Math.Max(0, at - 2)..(at + 1)].Sum(row => row.Amount)}";
            foreach (Payment best in account.OrderByDescending(row => row.Amount).ThenBy(row => row.Id).Take(3))
                yield return $"top: {best.Id} {best.Account}";
        }
    }

    private sealed record SqlCount(string Account, long N);
}
