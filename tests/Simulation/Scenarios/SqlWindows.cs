using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Queries of SQL over event time: windows, versions and patterns give each row once, when it is final.</summary>
public sealed class SqlWindows : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<SqlPayment> payments = SqlRows.Read(pipeline, world, "payments");
        Stream<SqlPayment> others = SqlRows.Read(pipeline, world, "others", areKeysPrivate: true);

        Query("tumbled", """
            SELECT count(*) AS id, account || ' ' || min(id) || ' ' || sum(amount) AS said
            FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(at), INTERVAL '2' SECOND)) AS w GROUP BY account, window_start
            EMIT ON WINDOW CLOSE
            """);
        Query("hopped", """
            SELECT count(*) AS id, account || ' ' || extract(epoch FROM window_start)::bigint AS said
            FROM TABLE(HOP(TABLE payments, DESCRIPTOR(at), INTERVAL '1' SECOND, INTERVAL '3' SECOND)) AS w GROUP BY account, window_start
            """);
        Query("sessions", """
            SELECT count(*) AS id, account || ' ' || min(id) || ' ' || sum(amount) AS said
            FROM TABLE(SESSION(TABLE payments PARTITION BY account, DESCRIPTOR(at), INTERVAL '1' SECOND)) AS w
            GROUP BY account, window_start, window_end EMIT ON WINDOW CLOSE
            """);
        Query("largest", """
            WITH w AS (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(at), INTERVAL '5' SECOND)) AS w)
            SELECT w.id, w.account AS said FROM w JOIN (SELECT window_start, window_end, max(amount) AS most FROM w
            GROUP BY window_start, window_end) AS m ON w.window_start = m.window_start AND w.window_end = m.window_end AND w.amount = m.most
            EMIT ON WINDOW CLOSE
            """);
        Query("ordered", """
            SELECT id, (sum(amount) OVER (PARTITION BY account ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))::text AS said
            FROM payments EMIT ON WINDOW CLOSE
            """);
        Query("priced", """
            SELECT p.id, o.amount::text AS said FROM payments AS p LEFT JOIN others FOR SYSTEM_TIME AS OF p.at AS o ON p.account = o.account
            """);
        Query("rising", """
            SELECT count(*) AS id, account AS said FROM payments MATCH_RECOGNIZE (PARTITION BY account ORDER BY at, id
            MEASURES FIRST(id) AS first PATTERN (A B+) DEFINE B AS B.amount > PREV(B.amount)) AS m GROUP BY account
            """);

        void Query(string name, string text) => pipeline.Sql(name, text, from => from
                .Stream("payments", payments, nameof(SqlPayment.At))
                .Changes("others", others.AsChanges(), nameof(SqlPayment.At), nameof(SqlPayment.Account)))
            .Settle(name, world);
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        IReadOnlyList<Payment> payments = SqlRows.Payments(seed, "payments");
        IReadOnlyList<Payment> others = SqlRows.Payments(seed, "others", areKeysPrivate: true);
        foreach (IGrouping<(string Account, long), Payment> window in payments.GroupBy(row => (row.Account, row.Time / 2_000_000)))
            yield return $"tumbled: {window.Count()} {window.Key.Account} {window.Min(row => row.Id)} {window.Sum(row => row.Amount)}";
        foreach (IGrouping<(string Account, long Start), Payment> window in payments
            .SelectMany(row => Enumerable.Range(0, 3).Select(back => (Row: row, Start: (row.Time / 1_000_000) - back)))
            .GroupBy(one => (one.Row.Account, one.Start), one => one.Row))
            yield return $"hopped: {window.Count()} {window.Key.Account} {window.Key.Start}";
        foreach (IGrouping<long, Payment> window in payments.GroupBy(row => row.Time / 5_000_000))
        {
            foreach (Payment best in window.Where(row => row.Amount == window.Max(other => other.Amount)))
                yield return $"largest: {best.Id} {best.Account}";
        }

        foreach (Payment payment in payments)
        {
            Payment[] versions = [.. others.Where(row => row.Account == payment.Account && row.Time <= payment.Time)
                .OrderBy(row => row.Time).ThenBy(row => row.Id)];
            yield return $"priced: {payment.Id} {(versions.Length == 0 ? null : versions[^1].Amount)}";
        }

        foreach (IGrouping<string, Payment> account in payments.GroupBy(row => row.Account))
        {
            Payment[] ordered = [.. account.OrderBy(row => row.Time).ThenBy(row => row.Id)];
            int rising = 0;
            for (int at = 0; at < ordered.Length; at++)
                yield return $"ordered: {ordered[at].Id} {ordered[Math.Max(0, at - 1)..(at + 1)].Sum(row => row.Amount)}";
            for (int at = 0; at < ordered.Length; at++)
            {
                int end = at;
                while (end + 1 < ordered.Length && ordered[end + 1].Amount > ordered[end].Amount)
                    end++;
                rising += end > at ? 1 : 0;
                at = end;
            }

            if (rising > 0)
                yield return $"rising: {rising} {account.Key}";
            for (int first = 0, at = 1; at <= ordered.Length; at++)
            {
                if (at < ordered.Length && ordered[at].Time - ordered[at - 1].Time <= 1_000_000)
                    continue;
                Payment[] session = ordered[first..at];
                yield return $"sessions: {at - first} {account.Key} {session.Min(row => row.Id)} {session.Sum(row => row.Amount)}";
                first = at;
            }
        }
    }
}
