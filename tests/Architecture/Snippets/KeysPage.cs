using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region keys-canonical
public sealed class Email(string text) : IEquatable<Email>, ICanonicalKey<string>
{
    public string Text { get; } = text;

    public string CanonicalKey => Text.ToUpperInvariant();         // what is hashed: equal for equal addresses

    public bool Equals(Email? other) => other is not null && other.CanonicalKey == CanonicalKey;

    public override bool Equals(object? obj) => Equals(obj as Email);

    public override int GetHashCode() => CanonicalKey.GetHashCode(StringComparison.Ordinal);
}
#endregion

/// <summary>The code of docs/keys.md.</summary>
public sealed class KeysPage
{
    public readonly record struct Mail(Email From, decimal Price);

    [Fact]
    public async Task Keys_that_are_equal_are_one_group()
    {
        var mails = new TestSource<Mail>();
        TestSink<WindowResult<Email, long>> bySender = new(result => $"{result.Key.Text} {result.Result}");
        TestSink<WindowResult<decimal, long>> byPrice = new(result => $"{result.Key} {result.Result}");
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            Stream<Mail> source = pipeline.Read("mails", mails);

            #region keys-use
            source.KeyBy(mail => mail.From)                        // Ann@example.org and ann@example.org: one group
                .Window("by-sender", Window.Tumbling(TimeSpan.FromHours(1))).Aggregate(a => a.Count())
                .Write("senders", bySender);
            source.KeyBy(mail => mail.Price)                       // 1.0 and 1.00: one group
                .Window("by-price", Window.Tumbling(TimeSpan.FromHours(1))).Aggregate(a => a.Count())
                .Write("prices", byPrice);
            #endregion
        });
        mails.Element(new Mail(new Email("Ann@example.org"), 1.0m), "12:00").Element(new Mail(new Email("ann@example.org"), 1.00m), "12:01")
            .Complete();
        test.RunUntilIdle();
        bySender.ShouldEmit("Ann@example.org 2");
        byPrice.ShouldEmit("1.0 2");
    }
}
