using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

public sealed class UpsertsSpec
{
    [Fact]
    public void Upserts_fold_into_a_table_and_a_clear_reaches_every_key() =>
        new OperatorContract<Upsert<string, int>, TableChange<string, int>>(
            upserts => upserts.ToTable("table").ToStream(),
                change => $"{change.Key}: {(change.HadBefore ? $"{change.Before}" : "none")} -> {(change.HasAfter ? $"{change.After}" : "none")}")
            .Element(Upsert<string, int>.Put("a", 1), at: "12:00")
            .Element(Upsert<string, int>.Put("b", 2), at: "12:00")
            .Element(Upsert<string, int>.Put("c", 3), at: "12:00")
            .Element(Upsert<string, int>.Put("a", 4), at: "12:01")
            .Element(Upsert<string, int>.Delete("b"), at: "12:02")
            .Element(Upsert<string, int>.Delete("never"), at: "12:02")
            .Element(Upsert<string, int>.Put(null!, 9), at: "12:02")
            .Element(Upsert<string, int>.Clear, at: "12:03")
            .Element(Upsert<string, int>.Put("c", 5), at: "12:04")
            .Holds("""
                a: none -> 1
                b: none -> 2
                c: none -> 3
                a: 1 -> 4
                b: 2 -> none
                a: 4 -> none
                c: 3 -> none
                c: none -> 5
                """);
}
