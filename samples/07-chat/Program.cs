#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// A conversation in the terminal through Microsoft.Extensions.AI's IChatClient, answers as they are made.
// dotnet run samples/07-chat/Program.cs MODEL
using Microsoft.Extensions.AI;
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
using IChatClient chat = new ChatModel(model, new() { Long = LongInput.Truncate });
ChatOptions options = new() { Instructions = "Answer briefly.", Temperature = 0.7f, TopP = 0.9f, MaxOutputTokens = 400, Seed = 1 };
List<ChatMessage> conversation = [];
while (true)
{
    Console.Write("> ");
    if (Console.ReadLine() is not { Length: > 0 } line)
        break;
    conversation.Add(new(ChatRole.User, line));
    List<ChatResponseUpdate> updates = [];
    await foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync(conversation, options))
    {
        Console.Write(update.Text);
        updates.Add(update);
    }
    ChatResponse response = updates.ToChatResponse();
    Console.WriteLine($"\n({response.Usage!.InputTokenCount} tokens read, {response.Usage.OutputTokenCount} written, {response.FinishReason})");
    conversation.AddMessages(response);
}
